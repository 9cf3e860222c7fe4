"""Passage out: one column list, written in every format. Nothing here searches, and nothing opens a file."""
