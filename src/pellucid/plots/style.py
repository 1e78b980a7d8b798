"""Colours: few, safe for colour-blind eyes, with a meaning each, in a light and a dark theme."""

from __future__ import annotations

from dataclasses import dataclass, replace

from matplotlib.axes import Axes
from matplotlib.colors import Colormap, LinearSegmentedColormap, to_hex, to_rgb, to_rgba
from matplotlib.figure import Figure

__all__ = ["DARK", "LIGHT", "THEMES", "Palette", "diverging", "palette_for", "root_figure", "sequential"]


@dataclass(frozen=True)
class Palette:
    """Colours by meaning.

    Orange raises a prediction and blue lowers it; the two differ in lightness as well as in hue, so they stay apart
    for every kind of colour vision and in grey print. A feature's own value has colours of its own, from ``ramp``, so
    that "high" is never mistaken for "raises".

    Parameters
    ----------
    background : behind everything.
    ink, muted, faint : text, secondary text, and lines that only guide the eye.
    accent : sizes, which have no sign.
    positive, negative : contributions that raise and lower the prediction.
    neutral : sums of several features, and whatever has no value to show.
    ramp : from a low to a high value, monotone in lightness, away from the background.
    series : for targets and categories, told apart by everybody.
    """

    background: str
    ink: str
    muted: str
    faint: str
    accent: str
    positive: str
    negative: str
    neutral: str
    ramp: tuple[str, ...]
    series: tuple[str, ...]


LIGHT = Palette(
    background="#ffffff",
    ink="#1f2933",
    muted="#66717c",
    faint="#d5dade",
    accent="#4b509b",
    positive="#d9730d",
    negative="#1f4e96",
    neutral="#8d969f",
    ramp=("#9ad8a0", "#4dbbb0", "#3a86b0", "#4b509b", "#3d1a6b"),
    series=("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#a63d00", "#333c45"),
)
DARK = Palette(
    background="#14181d",
    ink="#e8ecef",
    muted="#9aa5b0",
    faint="#39424b",
    accent="#8d92e0",
    positive="#f5a04c",
    negative="#4a83cc",
    neutral="#7d8791",
    ramp=("#54408f", "#4a6fb5", "#3fa0b8", "#62cfae", "#d3f3a8"),
    series=("#3d93d0", "#e69f00", "#19b589", "#d98bb5", "#8fd0f5", "#d9622b", "#f0f0f0"),
)
THEMES = {"light": LIGHT, "dark": DARK}


def palette_for(theme: str | None, ax: Axes) -> Palette:
    """The palette of a theme; None follows what lies behind the axes."""
    if theme is not None:
        return THEMES[theme]
    behind = _behind(ax)
    return replace(DARK if _luminance(behind) < 0.4 else LIGHT, background=behind)


def root_figure(ax: Axes) -> Figure:
    """The figure that holds the axes, over any subfigures between."""
    figure: Figure = ax.figure.figure
    return figure


def sequential(palette: Palette) -> Colormap:
    """From a low value to a high one, in 32 shades: more cannot be told apart, and make pictures of dots larger."""
    return LinearSegmentedColormap.from_list("pellucid", palette.ramp, N=32)


def diverging(palette: Palette) -> Colormap:
    """From lowering the prediction, over nothing, to raising it; nothing is the background."""
    return LinearSegmentedColormap.from_list(
        "pellucid_diverging", [palette.negative, palette.background, palette.positive]
    )


def _behind(ax: Axes) -> str:
    """Labels stand on the figure, so it decides; where it is clear, the axes do; where both are, paper is white."""
    for face in (root_figure(ax).get_facecolor(), ax.get_facecolor()):
        if to_rgba(face)[3] > 0:
            return to_hex(face)
    return LIGHT.background


def _luminance(colour: str) -> float:
    red, green, blue = to_rgb(colour)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
