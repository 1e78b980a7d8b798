"""A regular package, so that no `tests` which some library installs is found in its place."""
