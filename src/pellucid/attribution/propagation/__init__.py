"""Values that are handed back through a network by rules, an operation at a time."""
