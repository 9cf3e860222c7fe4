"""Include or exclude: what reviewers decide about a record at each stage, blind to each other, and what follows from it."""
