"""``pellucid.explain`` of networks: tables, images, and what is neither."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from torch import nn

import pellucid
from pellucid.zoo import digits_cnn, review_transformer


def test_tokens_are_explained_by_gradients_on_the_way_from_a_baseline():
    reviews = review_transformer()
    ex = pellucid.explain(reviews.module, reviews.rows[:3])
    assert ex.receipt.method == "IntegratedGradients"
    assert "has gradients, which add up on the way from a baseline" in ex.receipt.reason
    assert ex.receipt.completeness.kind == "checked"
    expected = pellucid.explain(reviews.module, reviews.rows[:3], reviews.rows[10:20], target=1)
    assert expected.receipt.method == "ExpectedGradients"
    assert expected.target_names == ("output 1",)


def test_images_are_explained_by_superpixels():
    digits = digits_cnn()
    ex = pellucid.explain(digits.module, digits.rows[:1], target="predicted")
    assert ex.receipt.method == "KernelSHAP"
    assert ex.parted.regions is not None


def test_series_of_several_channels_are_no_images():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Conv1d(5, 4, 3), nn.ReLU(), nn.Flatten(), nn.Linear(4 * 28, 2))
    ex = pellucid.explain(net, torch.randn(2, 5, 30))
    assert ex.receipt.method == "IntegratedGradients"
    assert ex.values.shape == (2, 5, 30, 1)


@pytest.mark.parametrize("background", [None, "rows"])
def test_tables_need_a_background_as_ever(background):
    net, rows = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.Linear(4, 1)), np.ones((4, 3), dtype=np.float32)
    if background is None:
        with pytest.raises(pellucid.PellucidError, match="needs rows that say what an absent value looks like"):
            pellucid.explain(net, rows)
    else:
        assert pellucid.explain(net, rows, rows * 0).receipt.method == "ExactSHAP"
