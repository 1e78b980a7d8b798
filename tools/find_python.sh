#!/bin/sh
# Print the first interpreter of the versions asked for that really runs (a shim on the path may be empty).
# usage: find_python.sh 3.11 3.12 3.13
for version in "$@"; do
  for candidate in "python$version" "$HOME/.pyenv/versions/$version".*/bin/python /usr/bin/python"$version"; do
    if "$candidate" -c "import sys, venv; sys.exit('%d.%d' % sys.version_info[:2] != '$version')" >/dev/null 2>&1; then
      command -v "$candidate"
      exit 0
    fi
  done
done
echo "none of Python $* was found; install one of them and run make again" >&2
exit 1
