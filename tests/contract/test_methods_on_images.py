"""What every method that takes images promises, checked on each one in the registry."""

from __future__ import annotations

import inspect

import numpy as np
import pytest

import pellucid
from pellucid.core import registry
from pellucid.core.errors import ParameterError, PellucidError
from pellucid.core.images import Images
from pellucid.maskers import Patches

#: interactions are of one image at a time, and are tested with ShapleyInteractions
METHODS = sorted(
    name
    for name, card in registry.methods().items()
    if "images" in card.get("takes", "tables") and card["explains"] == "Attribution"
)
SETTINGS = {"masks": 60, "cells": 4}
IMAGES = np.random.default_rng(3).integers(0, 255, (3, 12, 9, 3)).astype(np.uint8)


def three_classes(images):
    """Probabilities from three places, the same bits for any batch."""
    score = np.exp(np.stack([images[:, 2, 2, 0], images[:, 7, 4, 1], images[:, 10, 8, 2]], axis=1) / 255.0)
    return score / score.sum(axis=1, keepdims=True)


@pytest.fixture(scope="module", params=METHODS)
def entry(request):
    return {"address": request.param, **registry.methods()[request.param]}


def method_class(entry):
    return registry.find(entry["module"], entry["address"].rpartition(".")[2])


def build(entry, **settings):
    known = {name: value for name, value in SETTINGS.items() if name in method_class(entry).constraints}
    return method_class(entry)(three_classes, Patches((4, 3), absent=0), **{**known, **settings})


@pytest.fixture(scope="module")
def ex(entry):
    return build(entry).explain(IMAGES)


def test_the_card_docstring_and_signature_are_those_of_a_method(entry):
    cls = method_class(entry)
    assert all(entry.values())
    assert set(entry["takes"].split(", ")) <= {"tables", "texts", "images"}
    text = inspect.getdoc(cls)
    assert all(section in text for section in ("Parameters\n---", "Raises\n---", "Source\n---", "``"))
    parameters = list(inspect.signature(cls).parameters.values())
    assert all(p.kind is inspect.Parameter.KEYWORD_ONLY for p in parameters[2:])
    assert {p.name for p in parameters[2:]} == set(cls.constraints)


def test_every_setting_refuses_what_it_cannot_be_in_one_sentence(entry):
    for setting, constraint in method_class(entry).constraints.items():
        with pytest.raises(ParameterError, match=f"^{method_class(entry).__name__}: {setting} must be") as caught:
            build(entry, **{setting: object()})
        assert constraint.words in str(caught.value)


@pytest.mark.parametrize(
    ("target", "targets"), [(None, 3), (1, 1), ([0, 2], 2), ((0, 2), 1), ("predicted", 1), (np.arange(3), 1)]
)
def test_the_target_axis_is_always_there(entry, target, targets):
    found = build(entry).explain(IMAGES, target)
    assert len(found.values) == 3
    assert found.values.shape[-1] == targets
    assert found.base is not None or entry["completeness"] == "not promised"


def test_a_chosen_target_has_the_same_values_as_in_all_targets(entry, ex):
    np.testing.assert_array_equal(build(entry).explain(IMAGES, 1).values, ex.values[..., [1]])


def test_batch_size_company_and_repetition_do_not_change_a_bit(entry, ex):
    for size in (1, 7):
        np.testing.assert_array_equal(build(entry, batch_size=size).explain(IMAGES).values, ex.values)
    alone = np.concatenate([build(entry).explain(IMAGES[i : i + 1]).values for i in range(3)])
    np.testing.assert_array_equal(alone, ex.values)


def test_images_come_back_unchanged_and_belong_to_the_result(entry):
    before = IMAGES.copy()
    found = build(entry).explain(IMAGES)
    np.testing.assert_array_equal(IMAGES, before)
    np.testing.assert_array_equal(found.parted.native, before)


def test_the_receipt_is_filled_in(entry, ex):
    receipt = ex.receipt
    assert receipt.rows == 3
    assert receipt.evaluations > 0
    assert receipt.completeness.kind == entry["completeness"]
    assert "replaced by the value 0" in receipt.background["absent"]


def test_the_result_can_be_saved_framed_shown_described_and_drawn(entry, ex, tmp_path):
    import matplotlib.pyplot as plt

    ex.save(tmp_path / "ex.npz")
    again = pellucid.load(tmp_path / "ex.npz")
    np.testing.assert_array_equal(again.values, ex.values)
    assert isinstance(again.parted, Images)
    assert len(ex.to_frame()) == ex.values.size
    assert "<table>" in ex._repr_html_()
    if ex.values.ndim == 3:
        assert "region" in ex.target(0)[0].describe()
    else:
        with pytest.raises(ParameterError, match="values of single pixels are to be seen"):
            ex.target(0)[0].describe()
    assert ex.target(0).plot().get_figure() is not None
    plt.close("all")


@pytest.mark.parametrize("rows", [np.zeros((3, 4)), ["a text"], None, np.full((1, 12, 9, 3), np.nan), IMAGES[:0]])
def test_rows_that_are_no_images_are_refused_in_one_sentence(entry, rows):
    with pytest.raises(PellucidError) as caught:
        build(entry).explain(rows)
    assert "\n" not in str(caught.value)


def test_a_target_that_is_not_there_is_refused(entry):
    with pytest.raises(ParameterError, match="there is no output 'horse'"):
        build(entry).explain(IMAGES, "horse")
