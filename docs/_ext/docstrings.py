"""Docstrings of this library as reStructuredText: ``name : text`` sections become field lists, the others headings."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from sphinx.application import Sphinx

__all__ = ["setup", "to_rest"]

_SECTION = re.compile(r"^(?P<title>[A-Z][\w ]+)\n-{3,}\n", re.MULTILINE)
_ENTRY = re.compile(r"(?P<names>\S[^:]*?) : (?P<text>.*)")
#: what is already marked, then what only looks like a mark: \|φ\|, and the star of ``*args`` outside code
_MARKS = re.compile(r"(``.*?``|`[^`]+`|(?<!\w)\*\w[^*\n]*\*)|([|*])", re.DOTALL)
_FIELDS = {"Parameters": "param", "Raises": "raises"}


def to_rest(docstring: str) -> str:
    """A whole docstring."""
    parts = _SECTION.split(_MARKS.sub(lambda mark: mark[1] or "\\" + mark[2], docstring))
    sections = zip(parts[1::2], parts[2::2], strict=True)
    return "\n\n".join([parts[0].rstrip(), *(_section(title, body.strip("\n")) for title, body in sections)]) + "\n"


def _section(title: str, body: str) -> str:
    if title in _FIELDS:
        return "\n".join(_fields(_FIELDS[title], body))
    if title == "Returns":
        return f":returns:\n{_indented(body)}"
    return f".. rubric:: {title}\n\n{body}"


def _fields(field: str, body: str) -> Iterator[str]:
    """``name : text`` with its indented continuation; names that share a text get it each."""
    for entry in re.split(r"\n(?=\S)", body):
        match = _ENTRY.match(entry)
        if match is None:
            yield entry
            continue
        text = match["text"] + entry[match.end() :]
        yield from (f":{field} {name}: {text}" for name in match["names"].split(", "))


def _indented(text: str) -> str:
    return "\n".join(f"   {line}" if line.strip() else "" for line in text.split("\n"))


def _process(_app: Sphinx, _what: str, _name: str, _obj: Any, _options: Any, lines: list[str]) -> None:
    lines[:] = to_rest("\n".join(lines)).split("\n")


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("autodoc-process-docstring", _process)
    return {"parallel_read_safe": True}
