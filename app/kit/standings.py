"""The standings that a citation can have, in their order. What leads to one is ``citations.standing``."""

STANDINGS = (
    "retracted",
    "withdrawn",
    "expression_of_concern",
    "superseded",
    "corrected",
    "deleted_upstream",
    "current",
)
"""Worst first: the standing of a citation is the first of these that one of its signals names."""
