"""Which features an effect is asked of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from pellucid.core.errors import ParameterError
from pellucid.core.model import Model
from pellucid.core.selection import column_number
from pellucid.core.target import Target, TargetSpec, resolve_target

__all__ = ["asks_for_pairs", "column_groups", "feature_sets", "output_target"]


def feature_sets(features: Any, names: tuple[str, ...], *, most: int) -> list[tuple[int, ...]]:
    """Column numbers of what was asked for: single features, and pairs of them.

    Parameters
    ----------
    features : None for every feature by itself; a name or number; a pair as a tuple; or a list of names and pairs.
    most : features that belong together at most.

    Raises
    ------
    ColumnsError : there is no such feature.
    ParameterError : nothing was asked for, the same twice, or too many together.
    """
    if features is None:
        return [(j,) for j in range(len(names))]
    asked = features if isinstance(features, list) else [features]
    found = [_numbers(one, names, most) for one in asked]
    if not found or len(set(found)) < len(found):
        raise ParameterError(f"features must hold at least one feature and none twice, got {features!r}.")
    return found


def column_groups(features: Any, names: tuple[str, ...]) -> dict[str, tuple[int, ...]]:
    """Columns by the name of what they are together.

    Parameters
    ----------
    features : as in :func:`feature_sets`, with any number together; or a mapping of a group's name to its columns.

    Raises
    ------
    ColumnsError, ParameterError : as of :func:`feature_sets`.
    """
    if isinstance(features, Mapping):
        sets = feature_sets([tuple(columns) for columns in features.values()], names, most=len(names))
        return dict(zip(map(str, features), sets, strict=True))
    sets = feature_sets(features, names, most=len(names))
    return {" + ".join(names[j] for j in numbers): numbers for numbers in sets}


def asks_for_pairs(features: Any) -> bool:
    """Whether some of what was asked for is a set of features."""
    return any(isinstance(one, tuple) for one in (features if isinstance(features, list) else [features]))


def output_target(spec: TargetSpec, model: Model) -> Target:
    """The target of an effect, which is the same for all rows.

    Raises
    ------
    ParameterError : one output a row was asked for, or there is no such output.
    """
    if isinstance(spec, np.ndarray) or (isinstance(spec, str) and spec == "predicted"):
        raise ParameterError(
            "target: an effect is a mean over rows, so all rows need the same output; name one, or pass None for all."
        )
    return resolve_target(spec, model.output_names, n_rows=0)


def _numbers(one: Any, names: tuple[str, ...], most: int) -> tuple[int, ...]:
    together: Sequence[Any] = one if isinstance(one, tuple) else (one,)
    numbers = tuple(column_number(name, names) for name in together)
    if not 1 <= len(numbers) <= most or len(set(numbers)) < len(numbers):
        raise ParameterError(f"features: {one!r} names {len(numbers)}; name up to {most} different ones together.")
    return numbers
