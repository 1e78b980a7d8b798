"""Pages to read in a browser: the report, one file that needs nothing else."""
