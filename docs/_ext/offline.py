"""Built pages must open without a network: whatever a browser would fetch by itself from elsewhere is a warning."""

from __future__ import annotations

import re
from pathlib import Path

from sphinx.application import Sphinx
from sphinx.util import logging

__all__ = ["setup"]

_FETCHED = re.compile(
    r"""<(?:script|img|iframe|source|video|audio|embed)\b[^>]*\ssrc=["'](?:https?:)?//[^"']*"""
    r"""|<link\b[^>]*\shref=["'](?:https?:)?//[^"']*"""
    r"""|(?:url\(\s*|@import\s+)["']?(?:https?:)?//[^"')\s]*"""
)


def _check(app: Sphinx, error: Exception | None) -> None:
    if error is not None:
        return
    for path in sorted(Path(app.outdir).rglob("*")):
        if path.suffix in (".html", ".css", ".svg"):
            for found in _FETCHED.findall(path.read_text(encoding="utf-8")):
                logging.getLogger(__name__).warning("%s would fetch %s", path.name, found)


def setup(app: Sphinx) -> dict[str, bool]:
    app.connect("build-finished", _check)
    return {"parallel_read_safe": True}
