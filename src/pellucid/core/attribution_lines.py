"""The lines of an attribution's frame."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.inputs import Parted

if TYPE_CHECKING:
    from pellucid.core.attribution import Attribution

__all__ = ["lines_of_columns", "lines_of_numbers", "lines_of_parts", "lines_of_pixels"]


def lines_of_columns(explanation: Attribution) -> dict[str, NDArray[Any]]:
    """One line a row and target, with a column for each feature."""
    n, t = len(explanation), len(explanation.target_names)
    flat = explanation.values.reshape(n, -1, t)
    features = {name: flat[:, j].ravel() for j, name in enumerate(explanation.input_names)}
    target = np.empty(n * t, dtype=object)
    target[:] = list(explanation.target_names) * n
    before: dict[str, NDArray[Any]] = {"row": np.repeat(np.arange(n), t), "target": target}
    if explanation.base is not None:
        before["base"] = explanation.base.ravel()
    named = {_free(name, features): values for name, values in before.items()}
    after = {} if explanation.base is None else {_free("prediction", features): explanation.predictions.ravel()}
    return {**named, **features, **after}


def lines_of_parts(explanation: Attribution, parted: Parted) -> dict[str, NDArray[Any]]:
    """One line a row, part and target."""
    targets = explanation.target_names
    places = [(row, part, name) for row in range(len(parted)) for part, name in enumerate(parted.parts(row))]
    rows, parts = (np.array([place[i] for place in places], dtype=np.intp) for i in (0, 1))
    names = np.empty(len(places), dtype=object)
    names[:] = [name for *_, name in places]
    told = np.empty(len(places) * len(targets), dtype=object)
    told[:] = list(targets) * len(places)
    n = len(targets)
    return {
        "row": np.repeat(rows, n),
        "part": np.repeat(parts, n),
        "name": np.repeat(names, n),
        "target": told,
        "value": explanation.values[rows, parts].ravel(),
    }


def lines_of_numbers(explanation: Attribution) -> dict[str, NDArray[Any]]:
    """One line a row, number of a tensor, and target."""
    flat = explanation.values.reshape(len(explanation), -1, len(explanation.target_names))
    row, number, target = (place.ravel() for place in np.indices(flat.shape))
    names, targets = (np.array(told, dtype=object) for told in (explanation.input_names, explanation.target_names))
    return {"row": row, "name": names[number], "target": targets[target], "value": flat.ravel()}


def lines_of_pixels(explanation: Attribution) -> dict[str, NDArray[Any]]:
    """One line a row, pixel and target."""
    rows, y, x, target = (place.ravel() for place in np.indices(explanation.values.shape))
    names = np.array(explanation.target_names, dtype=object)
    return {"row": rows, "y": y, "x": x, "target": names[target], "value": explanation.values.ravel()}


def _free(name: str, taken: Mapping[str, object]) -> str:
    while name in taken:
        name += "_"
    return name
