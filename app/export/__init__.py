"""Passage out: whole filtered sets in every format. Nothing here decides what a filter means, and nothing opens a file."""
