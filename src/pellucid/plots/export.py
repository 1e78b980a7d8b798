"""SVG text for pages: text kept as text, the same bytes for the same picture."""

from __future__ import annotations

import re
import warnings
from io import StringIO
from xml.sax.saxutils import quoteattr

import matplotlib as mpl
from matplotlib.axes import Axes

from pellucid.plots.style import root_figure

__all__ = ["to_svg"]

#: of dense marks, which are kept as pixels
_DOTS_PER_INCH = 160


def to_svg(ax: Axes, *, label: str | None = None, prefix: str = "") -> str:
    """The figure of a plot as one ``<svg>`` element, to be put into a page.

    Text stays text, so that any language shows in the fonts of whoever reads it. Nothing of matplotlib's settings
    is changed.

    Parameters
    ----------
    ax : what a plot returned.
    label : what a screen reader says.
    prefix : put before every id, which must be unique in a page with several pictures.
    """
    sink = StringIO()
    with mpl.rc_context({"svg.fonttype": "none", "svg.hashsalt": "pellucid"}), warnings.catch_warnings():
        # a letter that this machine cannot draw is no fault of a file that leaves drawing it to the reader's
        warnings.filterwarnings("ignore", message="Glyph .* missing", category=UserWarning)
        root_figure(ax).savefig(sink, format="svg", dpi=_DOTS_PER_INCH, metadata={"Date": None})
    svg = sink.getvalue()
    svg = svg[svg.index("<svg") :].strip()
    svg = re.sub(r"<metadata>.*?</metadata>\s*", "", svg, flags=re.DOTALL)
    svg = re.sub(r'( id="|url\(#|href="#)', rf"\g<1>{re.escape(prefix)}", svg)
    spoken = f'<svg role="img" aria-label={quoteattr(label)}' if label else '<svg role="img"'
    return svg.replace("<svg", spoken, 1)
