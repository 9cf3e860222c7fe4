"""What is asked: from parameters to a search, and from a search to SQL and to English."""
