"""Fonts for names that matplotlib's own font cannot write, Chinese ones first of all."""

from __future__ import annotations

import warnings
from collections.abc import Iterable
from functools import cache
from pathlib import Path

from matplotlib import font_manager
from matplotlib.ft2font import FT2Font
from matplotlib.text import Text

__all__ = ["fit_fonts"]

#: (family, start of its file's name), the best first; each writes simplified Chinese
_FAMILIES = (
    ("Noto Sans CJK SC", "NotoSansCJK-Regular"),
    ("Noto Sans SC", "NotoSansSC"),
    ("Source Han Sans SC", "SourceHanSans"),
    ("PingFang SC", "PingFang"),
    ("Hiragino Sans GB", "Hiragino Sans GB"),
    ("Microsoft YaHei", "msyh"),
    ("WenQuanYi Micro Hei", "wqy-microhei"),
    ("WenQuanYi Zen Hei", "wqy-zenhei"),
    ("SimHei", "simhei"),
    ("Noto Sans CJK JP", "NotoSansCJK"),
    ("Noto Serif CJK SC", "NotoSerifCJK-Regular"),
    ("AR PL UMing CN", "uming"),
    ("Droid Sans Fallback", "DroidSansFallback"),
    ("Arial Unicode MS", "Arial Unicode"),
)
_warned: list[str] = []


def fit_fonts(texts: Iterable[Text]) -> None:
    """Add an installed font behind the user's own for every text with letters that his own lacks.

    Warns once, naming the remedy, when no installed font has them; SVG shows them all the same, since it can keep
    text as text and leave the font to the reader's machine.
    """
    for text in texts:
        lacking = _lacking(text)
        if not lacking:
            continue
        family, still_lacking = _best_family(lacking)
        if family is not None:
            text.set_fontfamily([*text.get_fontfamily(), family])
        if still_lacking and not _warned:
            _warned.append(still_lacking)
            warnings.warn(
                f"no installed font has the letters {still_lacking[:8]!r}, so PNG pictures will show boxes; install "
                f"one, such as Noto Sans CJK (Debian and Ubuntu: apt-get install fonts-noto-cjk), or save as SVG.",
                UserWarning,
                stacklevel=4,
            )


def _lacking(text: Text) -> str:
    letters = "".join(sorted({letter for letter in text.get_text() if ord(letter) > 0x2FF}))
    for family in text.get_fontfamily():
        letters = _without(letters, family) if letters else letters
    return letters


@cache
def _best_family(letters: str) -> tuple[str | None, str]:
    """The family that leaves the fewest of these letters without a shape, and which those are."""
    candidates = [(_without(letters, family), family) for family in _families()]
    lacking, family = min(candidates, key=lambda found: len(found[0]), default=(letters, None))
    return (None if lacking == letters else family), lacking


@cache
def _families() -> tuple[str, ...]:
    """Installed families of our list; matplotlib's own list of fonts is often older than the newest font."""
    known = {font.name for font in font_manager.fontManager.ttflist}
    if not known.intersection(family for family, _ in _FAMILIES):
        for path in font_manager.findSystemFonts():
            if Path(path).name.startswith(tuple(start for _, start in _FAMILIES)):
                font_manager.fontManager.addfont(path)
        known = {font.name for font in font_manager.fontManager.ttflist}
    return tuple(family for family, _ in _FAMILIES if family in known)


def _without(letters: str, family: str) -> str:
    # in a list, since a name alone would be read as a pattern
    wanted = font_manager.FontProperties(family=[family])
    try:
        path = font_manager.findfont(wanted, fallback_to_default=False)
    except ValueError:
        return letters
    font = _shapes(str(path))
    return "".join(letter for letter in letters if not font.get_char_index(ord(letter)))


@cache
def _shapes(path: str) -> FT2Font:
    return FT2Font(path)
