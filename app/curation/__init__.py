"""Keeping the evidence right: what changes of the literature mean for findings, and decisions on flags and duplicates."""
