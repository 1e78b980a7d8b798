"""What the pages say in each language, as data."""
