"""Pure functions without a room of their own. Nothing here knows a table, a setting or a protocol."""
