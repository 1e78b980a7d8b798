"""SP-LIME: coverage by brute force, the paper's own example, words, and planted groups of rows."""

from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest

from pellucid.attribution import LIME, SPLIME
from pellucid.attribution.surrogate.sp_lime import submodular_pick
from pellucid.core.errors import ParameterError
from pellucid.core.images import Images
from pellucid.core.masker import MaskedBatch, Masker
from pellucid.maskers import Text


def entries(matrix):
    rows, features = np.nonzero(matrix)
    return rows, features, np.abs(matrix[rows, features])


def coverage(matrix, chosen):
    importance = np.sqrt(np.abs(matrix).sum(axis=0))
    return importance[(matrix[list(chosen)] != 0).any(axis=0)].sum()


def test_each_pick_raises_the_coverage_most():
    rng = np.random.default_rng(0)
    for _ in range(20):
        matrix = rng.normal(size=(12, 9)) * (rng.random((12, 9)) < 0.3)
        picked, covered = submodular_pick(*entries(matrix), 12, 4)
        for step, row in enumerate(picked):
            before = list(picked[:step])
            best = max(coverage(matrix, [*before, other]) for other in range(12))
            np.testing.assert_allclose(coverage(matrix, [*before, row]), best)
        whole = coverage(matrix, range(12))
        np.testing.assert_allclose(covered, coverage(matrix, picked) / whole)
        best_of_all = max(coverage(matrix, chosen) for chosen in combinations(range(12), len(picked)))
        assert covered * whole >= (1 - 1 / np.e) * best_of_all


def test_the_example_of_the_papers_figure_5():
    """Feature 2 matters most; rows 2 and 5 are picked and cover all but feature 1."""
    matrix = np.array(
        [[1, 1, 0, 0, 0], [0, 1, 1, 0, 0], [0, 1, 1, 0, 0], [0, 1, 0, 0, 1], [0, 0, 0, 1, 1]], dtype=float
    )
    picked, covered = submodular_pick(*entries(matrix), 5, 2)
    assert list(picked) == [1, 4]
    importance = np.sqrt(matrix.sum(axis=0))
    np.testing.assert_allclose(covered, 1 - importance[0] / importance.sum())


def test_picking_ends_when_all_is_covered():
    picked, covered = submodular_pick(*entries(np.ones((6, 3))), 6, 4)
    assert list(picked) == [0]
    assert covered == 1.0


def test_picked_rows_are_limes_rows_in_order_of_pick():
    texts = ["good film", "good plot", "bad film", "awful", "good"]

    def score(given):
        return np.array([t.count("good") - t.count("bad") - 2.0 * t.count("awful") for t in given])

    ex = SPLIME(score, Text(), budget=3, seed=1).explain(texts)
    every = LIME(score, Text(), seed=1).explain(texts)
    note = ex.receipt.notes[0]
    picked = [texts.index(text) for text in ex.parted.native]
    assert note.startswith(f"rows {', '.join(map(str, picked))} of 5 were picked")
    for place, row in enumerate(picked):
        np.testing.assert_array_equal(ex.values[place], every.values[row])
    words = {word for text in ex.parted.native for word in text.split()}
    assert {"good", "bad", "awful"} <= words
    assert ex.receipt.method == "SPLIME"


def test_bins_of_one_column_are_features_of_their_own():
    background = np.random.default_rng(0).normal(size=(400, 2))
    rows = np.array([[-2.0, 0.1], [-2.1, 0.1], [2.0, 0.1], [2.1, 0.1]])
    ex = SPLIME(lambda given: np.sign(given[:, 0]), background, budget=2, features=1).explain(rows)
    assert sorted(np.sign(ex.data.numbers()[:, 0])) == [-1, 1]


def test_images_are_refused():
    class Halves(Masker):
        one_base, alike = False, False

        def read(self, rows, model):
            return Images(rows, np.repeat(np.array([[[0, 1]]], dtype=np.int32), len(rows), axis=0))

        def players(self, row):
            return row.parts(0)

        def inputs(self, rows, coalitions, *, batch_size):
            pixels = rows.native * coalitions[:, np.newaxis]
            yield MaskedBatch(Images(pixels), np.arange(len(coalitions)), np.ones(len(coalitions)))

        def describe(self):
            return {"absent": "black"}

    with pytest.raises(ParameterError, match="images have no features in common"):
        SPLIME(lambda images: images.sum(axis=(1, 2)), Halves()).explain(np.ones((2, 1, 2)))
