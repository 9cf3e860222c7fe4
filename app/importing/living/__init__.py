"""Living searches: what is searched for again and again, when it is due, one run of it, and what the run found."""
