"""One bibliographic record: how it is described, matched and stored, its standing, and its text index."""
