"""Which targets are worth describing."""

from __future__ import annotations

import numpy as np

from pellucid.narrative.targets import described_targets


def names(explanation, target=None):
    return [one.target_names[0] for one in described_targets(explanation, target)]


def test_of_two_mirrored_classes_the_second_is_described(make, rng):
    up = rng.normal(size=(5, 3, 1))
    assert names(make(np.concatenate([-up, up], axis=2), unit="probability", targets=("no", "yes"))) == ["yes"]


def test_of_one_row_the_favoured_class_is_described(make):
    assert names(make(np.array([[[1.0, 5.0, 2.0]]]), unit="logit", targets=("a", "b", "c"))) == ["b"]


def test_several_regression_targets_are_all_described(make):
    assert names(make(np.ones((1, 2, 2)), unit="target", targets=("x", "y"))) == ["x", "y"]


def test_a_named_target_is_described_alone(make):
    assert names(make(np.ones((4, 2, 2)), unit="target", targets=("x", "y")), "y") == ["y"]
