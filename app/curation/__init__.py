"""Change by a person's decision: duplicates that are merged, linked or kept apart."""
