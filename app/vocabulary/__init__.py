"""The agreed words: what they are, what a reader may call them, and their rows in the store."""
