"""Simple models that imitate the one explained: around one row, or everywhere."""
