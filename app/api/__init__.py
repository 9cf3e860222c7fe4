"""The REST door: one file per noun, ``shapes`` for what goes out, ``problems`` for what went wrong."""
