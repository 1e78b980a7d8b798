"""Numbers that sum up an effect."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

import pellucid
from pellucid.core.effect import Curve, Effect
from pellucid.core.effect_axis import Axis
from pellucid.core.errors import ParameterError
from pellucid.core.key_figure import KeyFigure

FIGURES = (KeyFigure("Brier score of fraud", 0.1), KeyFigure("best threshold for f1", 0.4, 0.3, 0.6, "threshold"))


@pytest.fixture
def effect(make):
    axis = Axis("threshold", "points", np.array([0.0, 0.5, 1.0]), False, np.ones(3) / 3)
    return Effect(make(np.zeros((2, 1))).receipt, (Curve((axis,), np.array([[1.0], [2.0], [3.0]])),), figures=FIGURES)


def test_a_figure_is_found_by_its_name(effect):
    assert effect.figure("best threshold for f1").low == 0.3
    assert effect.target(0).figures == effect["threshold"].figures == FIGURES


def test_figures_are_saved_and_an_effect_without_any_is_read(effect, tmp_path):
    effect.save(tmp_path / "effect.npz")
    assert pellucid.load(tmp_path / "effect.npz").figures == FIGURES
    replace(effect, figures=()).save(tmp_path / "plain.npz")
    assert pellucid.load(tmp_path / "plain.npz").figures == ()


def test_a_figure_that_is_not_there_is_refused_with_those_that_are(effect):
    with pytest.raises(ParameterError, match="no key figure 'AUC'; this effect has 'Brier score of fraud', 'best thr"):
        effect.figure("AUC")
    with pytest.raises(ParameterError, match="this effect has none"):
        replace(effect, figures=()).figure("AUC")
