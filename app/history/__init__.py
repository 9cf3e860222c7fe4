"""Data revisions, changes and earlier versions: what happened to the data, who did it, and what stood there before."""
