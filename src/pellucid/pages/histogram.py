"""The shape of a column in a corner of a table."""

from __future__ import annotations

from pellucid.pages.markup import Markup, tag

__all__ = ["spark"]

WIDTH, HEIGHT = 96, 20


def spark(heights: tuple[int, ...], *, apart: bool) -> Markup:
    """Bars of these heights; hidden from readers that speak, since the table says the same in words.

    Parameters
    ----------
    apart : whether the bars are levels, with gaps between them, or bins of a range.
    """
    if not heights or not max(heights):
        return Markup("")
    step = WIDTH / len(heights)
    wide = min(step * 0.75, 14.0) if apart else step
    step = min(step, 18.0) if apart else step
    bars = "".join(
        f"M{i * step:.5g} {HEIGHT}v-{max(height / max(heights) * (HEIGHT - 1), 0.5):.4g}h{wide:.4g}V{HEIGHT}z"
        for i, height in enumerate(heights)
        if height
    )
    return tag("svg", tag("path", d=bars), viewBox=f"0 0 {WIDTH} {HEIGHT}", class_="spark", aria_hidden="true")
