"""The ``pellucid`` command; nothing heavier than click is imported before a command runs."""
