"""The passage in: a source's bytes become citations and studies, and every record has exactly one fate."""
