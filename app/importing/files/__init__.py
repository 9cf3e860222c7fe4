"""Files that people bring: how they are opened, and the formats other than PubMed's XML."""
