"""All tables: columns, constraints, relationships. Nothing here decides anything.

``base`` names and types, ``vocabulary``, ``citation``, ``study``, ``finding``,
``history``, ``imports``, ``searches``, ``account``; ``tables`` imports them all, so that
the metadata is whole.
"""
