"""Figures inside a page."""

from __future__ import annotations

import re

import pytest

from pellucid.pages.svg import Colours, draw
from pellucid.plots.style import DARK, LIGHT

PALETTES = {"light": LIGHT, "dark": DARK}


def lines(axes, theme):
    axes.plot([0, 1], [0, 1], color=PALETTES[theme].ink)
    axes.plot([0, 1], [1, 0], color=PALETTES[theme].positive, clip_on=True)
    axes.set_xlabel("<script>alert(1)</script> & $x_1$", parse_math=False)
    axes.tick_params(colors=PALETTES[theme].muted)
    for spine in axes.spines.values():
        spine.set_color(PALETTES[theme].faint)


def dots(axes, theme):
    lines(axes, theme)
    axes.plot(range(50), range(50), "o", color=PALETTES[theme].negative, rasterized=True)


@pytest.fixture
def colours():
    return Colours()


def drawing(plot, colours, name="figure-1"):
    return draw(plot, (3, 2), name=name, label='A "plot"', colours=colours)


def test_a_drawing_has_no_styles_and_no_outside_references(colours):
    text = drawing(lines, colours)
    assert "style=" not in text
    assert "<style" not in text
    assert "http" not in text


def test_texts_are_escaped_and_the_label_is_read_out(colours):
    text = drawing(lines, colours)
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; $x_1$" in text
    assert 'role="img" aria-label="A &quot;plot&quot;"' in text


def test_ids_of_two_drawings_differ_and_references_find_them(colours):
    first, second = drawing(lines, colours), drawing(lines, colours, "figure-2")
    ids = re.findall(r' id="([^"]+)"', first + second)
    assert len(ids) == len(set(ids)) > 0
    assert set(re.findall(r"url\(#([^)]+)\)", first + second)) <= set(ids)
    assert set(re.findall(r'href="#([^"]+)"', first + second)) <= set(ids)


def test_every_colour_of_the_light_theme_turns_into_its_dark_one(colours):
    text = drawing(lines, colours)
    assert not re.search(r'(fill|stroke)="#', text)
    light, dark = colours.css().split("@media")
    assert LIGHT.ink in light
    assert LIGHT.positive in light
    assert DARK.ink in dark
    assert DARK.positive in dark


def test_pixels_are_there_once_for_each_theme(colours):
    text = drawing(dots, colours)
    assert re.findall(r'<image [^>]*class="(on-\w+)"', text) == ["on-light", "on-dark"]
    assert text.count("data:image/png;base64,") == 2


def test_drawings_that_differ_in_shape_are_both_kept(colours):
    def uneven(axes, theme):
        lines(axes, theme)
        for _ in range(theme == "dark"):
            dots(axes, theme)

    def blended(axes, theme):
        uneven(axes, theme)
        axes.plot([0, 1], [0, 0], color="#123456")

    text = drawing(blended, colours)
    assert text.count("<svg") == 2
    assert 'class="on-light"' in text
    assert 'class="on-dark"' in text


def test_texts_can_be_translated(colours):
    text = draw(lines, (3, 2), name="f", label="x", colours=colours, translate=lambda text: f"«{text}»")
    assert "«&lt;script&gt;" in text


def test_the_same_plot_gives_the_same_text(colours):
    assert drawing(dots, colours) == drawing(dots, colours)
