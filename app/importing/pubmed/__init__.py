"""PubMed: its XML, its web service, and what is asked of it."""
