"""A matplotlib figure as SVG inside a page: in both themes at once, with ids of its own, and no style attributes.

The page's content security policy allows no inline styles, so every style becomes an attribute or a class. A drawing in
the light theme and one in the dark, which differ in colours and pictures alone, are merged. Where all colours are the
palette's own the dark one follows from the light one; where they are blended, or there are pixels, it is drawn too.
"""

from __future__ import annotations

import base64
import re
import warnings
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from copy import deepcopy
from dataclasses import fields
from io import BytesIO
from xml.etree import ElementTree

import matplotlib.style
from matplotlib.axes import Axes
from matplotlib.backend_bases import RendererBase
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from PIL import Image

from pellucid.pages.markup import Markup, tag
from pellucid.plots.style import DARK, LIGHT, Palette

__all__ = ["Colours", "draw"]

Element = ElementTree.Element

#: dots an inch of the marks that are drawn as pictures
DPI = 160
#: colours, with their transparencies, that such a picture keeps
SHADES = 128
#: pixels, at matplotlib's own resolution, between the labels and the edge
PAD = 3.0
_STYLE = {"svg.fonttype": "none", "svg.hashsalt": "pellucid", "font.family": ["DejaVu Sans"]}
_COLOURED = ("fill", "stroke")
_DROPPED = {"font-family", "font-variant", "font-stretch", "xmlns", "version"}
_ROUNDED = {"d", "x", "y", "points", "width", "height", "transform", "x1", "x2", "y1", "y2", "stroke-width"}
_CONTROL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f]")


class Colours:
    """Classes for pairs of colours, one of them for each theme."""

    def __init__(self) -> None:
        self._classes: dict[tuple[str, str, str], str] = {}

    def class_for(self, attribute: str, light: str, dark: str) -> str:
        """The class that gives ``fill`` or ``stroke`` these two colours."""
        return self._classes.setdefault((attribute, light, dark), f"c{len(self._classes)}")

    def css(self) -> str:
        """Rules for all classes handed out."""
        light = "".join(f".{name}{{{a}:{colour}}}" for (a, colour, _), name in self._classes.items())
        dark = "".join(f".{name}{{{a}:{colour}}}" for (a, _, colour), name in self._classes.items())
        return f"{light}@media screen and (prefers-color-scheme:dark){{{dark}}}"


def draw(
    plot: Callable[[Axes, str], object],
    inches: tuple[float, float],
    *,
    name: str,
    label: str,
    colours: Colours,
    left: float = 0.4,
    translate: Callable[[str], str] = lambda text: text,
) -> Markup:
    """Draw in both themes and return one ``<svg>``.

    Parameters
    ----------
    plot : draws on axes in the theme of that name.
    inches : width and height.
    name : what its ids begin with; unique in the page.
    label : what a reader who cannot see it is told.
    colours : collects the classes that the page's style sheet must define.
    left : part of the width that labels beside the axes will take, for plots that ask for their room before all is
        laid out.
    translate : what becomes of each text.
    """
    light = _parse(_save(plot, inches, left, "light"))
    dark = _in_dark(light) or _parse(_save(plot, inches, left, "dark"))
    if [element.tag for element in light.iter()] == [element.tag for element in dark.iter()]:
        drawings = [_Writer(name, colours, translate).merged(light, dark)]
        kinds: list[str | None] = [None]
    else:  # the themes came out with different shapes, so each is kept whole
        drawings = [
            _Writer(f"{name}-{theme}", colours, translate).merged(drawing, drawing)
            for theme, drawing in (("light", light), ("dark", dark))
        ]
        kinds = ["on-light", "on-dark"]
    box = light.attrib["viewBox"]
    return Markup(
        "".join(
            tag("svg", drawing, viewBox=box, role="img", aria_label=label, class_=kind)
            for drawing, kind in zip(drawings, kinds, strict=True)
        )
    )


def _save(plot: Callable[[Axes, str], object], inches: tuple[float, float], left: float, theme: str) -> str:
    with matplotlib.style.context(["default", _STYLE]), warnings.catch_warnings():
        # a font that lacks a letter is of no concern: the text stays text, and the reader's browser has the font
        warnings.simplefilter("ignore", UserWarning)
        figure = Figure(figsize=inches, facecolor="none")
        axes = figure.add_axes((left, 0.12, 0.97 - left, 0.8))
        plot(axes, theme)
        axes.patch.set_visible(False)
        _fit(figure, axes)
        file = BytesIO()
        figure.savefig(file, format="svg", dpi=DPI, metadata={"Date": None, "Creator": None})
    return file.getvalue().decode("utf-8")


def _fit(figure: Figure, axes: Axes) -> None:
    """Give the axes all the room that their labels leave; once, where a layout engine would measure several times."""
    inner, outer = axes.get_window_extent(), axes.get_tightbbox(_renderer(figure))
    if outer is None:
        return
    width, height = figure.bbox.width, figure.bbox.height
    left, bottom = (inner.x0 - outer.x0 + PAD) / width, (inner.y0 - outer.y0 + PAD) / height
    right, top = (outer.x1 - inner.x1 + PAD) / width, (outer.y1 - inner.y1 + PAD) / height
    axes.set_position((left, bottom, max(1 - left - right, 0.1), max(1 - bottom - top, 0.1)))


def _renderer(figure: Figure) -> RendererBase:
    """Something that can measure text."""
    return FigureCanvasAgg(figure).get_renderer()  # type: ignore[no-untyped-call,no-any-return]


def _in_dark(light: Element) -> Element | None:
    """The dark drawing that a light one implies; None where only drawing can tell."""
    dark = deepcopy(light)
    for element in dark.iter():
        if element.tag == "image":
            return None
        found = dict(_declarations(element.attrib.get("style", "")))
        for key in _COLOURED:
            if found.get(key, "none") != "none":
                if found[key] not in DARK_FOR:
                    return None
                found[key] = DARK_FOR[found[key]]
        if found:
            element.attrib["style"] = ";".join(f"{key}:{value}" for key, value in found.items())
    return dark


def _parse(text: str) -> Element:
    root = ElementTree.fromstring(_CONTROL.sub("�", text))
    for parent in list(root.iter()):
        parent.tag = _local(parent.tag)
        for child in list(parent):
            if _local(child.tag) in ("metadata", "style"):
                parent.remove(child)
    return root


class _Writer:
    """Writes a pair of drawings as the inside of one ``<svg>``."""

    def __init__(self, name: str, colours: Colours, translate: Callable[[str], str]) -> None:
        self.name, self.colours, self.translate = name, colours, translate
        self.used: set[str] = set()
        self.ids: dict[str, str] = {}

    def merged(self, light: Element, dark: Element) -> Markup:
        self.used = set(_references(light))
        return Markup("".join(self._element(a, b) for a, b in zip(light, dark, strict=True)))

    def _element(self, light: Element, dark: Element) -> Markup:
        children = Markup("".join(self._element(a, b) for a, b in zip(light, dark, strict=True)))
        attributes, other = self._attributes(light), self._attributes(dark)
        if (light.tag == "g" and not attributes) or (light.tag == "defs" and not children):
            return children
        if light.tag == "image":
            return self._image(attributes, other)
        classes = []
        for key in _COLOURED:
            if attributes.get(key) != other.get(key):
                classes.append(self.colours.class_for(key, attributes.pop(key, "none"), other.get(key, "none")))
        if classes:
            attributes["class"] = " ".join(classes)
        if "d" in attributes:
            attributes["d"] = " ".join(attributes["d"].split())
        text = self.translate(light.text) if light.text and light.text.strip() else None
        return tag(light.tag, text, children, **attributes)

    def _image(self, light: dict[str, str], dark: dict[str, str]) -> Markup:
        if light["href"] == dark["href"]:
            return tag("image", **{**light, "href": _smaller(light["href"])})
        pair = (
            {**light, "href": _smaller(light["href"]), "class": "on-light"},
            {**dark, "href": _smaller(dark["href"]), "class": "on-dark"},
        )
        return Markup("".join(tag("image", **attributes) for attributes in pair))

    def _attributes(self, element: Element) -> dict[str, str]:
        given = {_local(key): value for key, value in element.attrib.items()}
        flat = {**given, **dict(_declarations(given.pop("style", "")))}
        flat.pop("style", None)
        if flat.get("id") not in self.used:
            flat.pop("id", None)
        return {key: self._value(key, value) for key, value in flat.items() if key not in _DROPPED}

    def _value(self, key: str, value: str) -> str:
        if key == "id":
            return self._own(value)
        if key in _ROUNDED:
            return re.sub(r"-?\d+\.\d{3,}", lambda number: f"{float(number[0]):.2f}".rstrip("0").rstrip("."), value)
        if key == "href" and value.startswith("data:"):
            return value.replace("\n", "")
        return re.sub(r"(?<=#)[A-Za-z_][\w.-]*", lambda found: self._own(found[0]), value) if "#" in value else value

    def _own(self, identifier: str) -> str:
        """An id of this page for an id of the drawing; colours such as ``#fff`` are no ids."""
        if identifier not in self.used:
            return identifier
        return self.ids.setdefault(identifier, f"{self.name}-{len(self.ids)}")


def _smaller(href: str) -> str:
    """A picture of dots as a PNG with a palette, a third of the size."""
    start, comma, data = href.partition(",")
    file = BytesIO()
    with Image.open(BytesIO(base64.b64decode(data))) as picture:
        picture.convert("RGBA").quantize(SHADES, Image.Quantize.FASTOCTREE).save(file, "PNG", optimize=True)
    return f"{start}{comma}{base64.b64encode(file.getvalue()).decode()}"


def _references(root: Element) -> Iterator[str]:
    for element in root.iter():
        for key, value in element.attrib.items():
            if _local(key) == "href" and value.startswith("#"):
                yield value[1:]
            else:
                yield from re.findall(r"url\(#([^)]+)\)", value)


def _declarations(style: str) -> Iterator[tuple[str, str]]:
    """A style attribute as pairs; of the ``font`` shorthand only what differs from the page's own font is kept."""
    for declaration in style.split(";"):
        key, colon, value = (part.strip() for part in declaration.partition(":"))
        if colon and key == "font":
            yield from _font(value)
        elif colon:
            yield key, value


def _font(value: str) -> Iterator[tuple[str, str]]:
    size = re.search(r"([\d.]+)px", value)
    if size:
        yield "font-size", size[1]
    words: Mapping[str, tuple[str, str]] = {"italic": ("font-style", "italic"), "bold": ("font-weight", "bold")}
    for word in value.split("px", maxsplit=1)[0].split():
        if word in words:
            yield words[word]


def _dark_for() -> dict[str, str]:
    """The dark theme's colour for each of the light theme's; without those that mean several things."""
    pairs = {(a, b) for a, b in zip(_flat(LIGHT), _flat(DARK), strict=True)}
    meanings = Counter(light for light, _ in pairs)
    return {light: dark for light, dark in pairs if meanings[light] == 1}


def _flat(palette: Palette) -> list[str]:
    values = [getattr(palette, field.name) for field in fields(palette)]
    return [colour for value in values for colour in ([value] if isinstance(value, str) else value)]


def _local(name: str) -> str:
    return name.rpartition("}")[2]


DARK_FOR = _dark_for()
