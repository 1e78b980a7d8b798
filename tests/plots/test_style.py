"""Colours stay apart for every kind of colour vision."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from matplotlib.colors import to_rgb

from pellucid.plots.style import DARK, LIGHT, diverging, sequential

# Machado, Oliveira and Fernandes (2009), "A physiologically-based model for simulation of color vision deficiency",
# table of severity 1.0, applied to linear light
VISION = {
    "normal": np.eye(3),
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}
# sRGB (IEC 61966-2-1) to CIE XYZ of D65
XYZ = np.array(
    [[0.4124564, 0.3575761, 0.1804375], [0.2126729, 0.7151522, 0.0721750], [0.0193339, 0.1191920, 0.9503041]]
)
THEMES = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
EYES = pytest.mark.parametrize("vision", VISION)


def linear(colour):
    channel = np.array(to_rgb(colour))
    return np.where(channel <= 0.04045, channel / 12.92, ((channel + 0.055) / 1.055) ** 2.4)


def seen(colour, vision):
    """CIE L*a*b* of a colour as such eyes see it."""
    white = XYZ @ np.ones(3)
    ratio = XYZ @ np.clip(VISION[vision] @ linear(colour), 0, 1) / white
    f = np.where(ratio > (6 / 29) ** 3, np.cbrt(ratio), ratio / (3 * (6 / 29) ** 2) + 4 / 29)
    return np.array([116 * f[1] - 16, 500 * (f[0] - f[1]), 200 * (f[1] - f[2])])


def apart(a, b, vision):
    return np.linalg.norm(seen(a, vision) - seen(b, vision))


def contrast(a, b):
    """WCAG 2.2."""
    light, dark = sorted((XYZ[1] @ linear(colour) for colour in (a, b)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


@THEMES
@EYES
def test_raising_and_lowering_differ_in_hue_and_in_lightness(palette, vision):
    assert apart(palette.positive, palette.negative, vision) > 50
    assert abs(seen(palette.positive, vision)[0] - seen(palette.negative, vision)[0]) > 10


@THEMES
@EYES
def test_targets_are_told_apart(palette, vision):
    assert min(apart(a, b, vision) for a, b in combinations(palette.series, 2)) > 10


@THEMES
@EYES
def test_the_ramp_is_monotone_in_lightness_without_flat_stretches(palette, vision):
    lightness = np.array([seen(sequential(palette)(t), vision)[0] for t in np.linspace(0, 1, 11)])
    steps = np.diff(lightness)
    assert np.abs(steps).min() > 2
    assert (steps < 0).all() if palette is LIGHT else (steps > 0).all()


@THEMES
@EYES
def test_the_diverging_map_leaves_its_middle_evenly(palette, vision):
    ramp = diverging(palette)
    for side in (np.linspace(0.5, 0, 6), np.linspace(0.5, 1, 6)):
        distance = [apart(ramp(t), palette.background, vision) for t in side]
        assert (np.diff(distance) > 3).all()


@THEMES
def test_text_and_marks_have_the_contrast_that_wcag_asks_for(palette):
    assert contrast(palette.ink, palette.background) > 7
    assert contrast(palette.muted, palette.background) > 4.5
    for mark in (palette.accent, palette.positive, palette.negative, palette.neutral):
        assert contrast(mark, palette.background) > 2.95
