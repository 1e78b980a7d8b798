"""How much of a gap is the model's own rounding."""

from __future__ import annotations

import numpy as np

from pellucid.core.inputs import Inputs
from pellucid.core.model import Model

__all__ = ["FLOAT32_GAP", "FLOAT64_GAP", "PROBES", "library_gap", "rounding_gap"]

#: rows whose answers are looked at
PROBES = 8
FLOAT64_GAP = 1e-9
#: a float32 model may answer the same row differently by a few units in the last place when its batch differs
FLOAT32_GAP = 64 * float(np.finfo(np.float32).eps)
#: least gap left to a library that adds leaves in float32, and the gap left to all others
LEAVES32_GAP, LEAVES64_GAP = 2e-6, 1e-10


def rounding_gap(model: Model, rows: Inputs) -> float:
    """Relative gap that is left to rounding when a model is asked twice about the same row.

    A model all of whose answers to the first rows are float32 numbers is taken to compute in float32 and gets 7.6e-6,
    that is 64 units in the last place; any other is taken to compute in float64 and gets 1e-9.

    Raises
    ------
    ModelFailedError : the model cannot predict these rows.
    """
    answers = model.predict(rows.rows(slice(0, PROBES)))
    single = np.array_equal(answers, answers.astype(np.float32))
    return FLOAT32_GAP if single else FLOAT64_GAP


def library_gap(model: Model) -> float:
    """Relative gap that is left to the rounding of the library behind a sum of trees.

    ``max(2e-6, trees · 2⁻²⁴)`` of a library that adds its leaves in float32, 1e-10 of any other.

    Raises
    ------
    UnsupportedModelError : the model is no sum of trees, or cannot be read exactly.
    """
    return max(LEAVES32_GAP, model.forest.n_trees * 2.0**-24) if model.tree_form.float32_sums else LEAVES64_GAP
