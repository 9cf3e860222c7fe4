"""What a report says about an outcome, and the quotes that show it."""
