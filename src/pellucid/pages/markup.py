"""HTML from plain functions: whatever is not markup already is escaped."""

from __future__ import annotations

from collections.abc import Iterable
from html import escape

__all__ = ["Content", "Markup", "tag"]

_VOID = frozenset({"br", "col", "hr", "img", "link", "meta"})
_CLOSED = frozenset({"circle", "image", "line", "path", "rect", "use"})  # in SVG
#: characters that neither HTML nor XML allows, shown as what they are: unknown
_FORBIDDEN = dict.fromkeys([*range(9), 11, 12, *range(14, 32), *range(0x7F, 0xA0), *range(0xD800, 0xE000)], "�")


class Markup(str):
    """Text that is HTML already and is never escaped again; only :func:`tag` and the page's own files make it."""

    __slots__ = ()


Content = str | None | Iterable["Content"]


def tag(name: str, /, *children: Content, **attributes: str | int | bool | None) -> Markup:
    """One element.

    Parameters
    ----------
    children : text, which is escaped; markup, which is kept; sequences of both; None is left out.
    attributes : ``class_`` stands for ``class`` and other underscores for hyphens; None and False are left out.
    """
    written = "".join(
        f" {key.rstrip('_').replace('_', '-')}" + ("" if value is True else f'="{_safe(str(value))}"')
        for key, value in attributes.items()
        if value is not None and value is not False
    )
    content = "".join(map(_written, children))
    if not content and name in _CLOSED:
        return Markup(f"<{name}{written}/>")
    return Markup(f"<{name}{written}>" + ("" if name in _VOID else f"{content}</{name}>"))


def _written(child: Content) -> str:
    if child is None or isinstance(child, Markup):
        return child or ""
    if isinstance(child, str):
        return _safe(child)
    return "".join(map(_written, child))


def _safe(text: str) -> str:
    return escape(text.translate(_FORBIDDEN))
