"""What a row is compared with: zeros, a number, an array, a blurred image, or tokens."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ParameterError
from pellucid.core.network import Leaf
from pellucid.core.tables import Table
from pellucid.core.tensors import Points, Tensors

__all__ = ["baseline_points", "baseline_words", "check_baseline"]

#: standard deviation of the blur, as a part of an image's shorter side
BLUR = 0.1


def check_baseline(method: str, baseline: Any) -> None:
    """Raise ParameterError for what can be no baseline of any row."""
    if isinstance(baseline, str) and baseline != "blur":
        raise ParameterError(f"{method}: baseline must be None, a number, an array or 'blur', got {baseline!r}.")


def baseline_points(baseline: Any, leaf: Leaf) -> Points:
    """The baseline of each row, at the place that is differentiated.

    Parameters
    ----------
    baseline : None is zeros, of tokens an embedding of zeros; a number, of tokens the id of one; an array of the shape
        of one row or of all; ``"blur"``, each image blurred; for several inputs a mapping of names to those.

    Returns
    -------
    part → (rows, *shape)

    Raises
    ------
    ParameterError : it does not fit the rows.
    """
    if baseline is None and leaf.folded:
        return {name: np.zeros_like(values) for name, values in leaf.values.items()}
    given = leaf.inputs.arrays
    moved = {name: _of(baseline, name, array) if name in leaf.moved else array for name, array in given.items()}
    return leaf.of(Tensors(moved, leaf.inputs.call))


def baseline_words(baseline: Any) -> Mapping[str, object]:
    """What the receipt keeps of it."""
    if baseline is None:
        return {"absent": "a baseline of zeros"}
    if isinstance(baseline, str):
        return {"absent": "each image blurred"}
    if np.ndim(baseline) == 0 and not isinstance(baseline, Mapping):
        return {"absent": f"a baseline of {baseline!r}"}
    return {"absent": "a baseline that was passed"}


def _of(baseline: Any, name: str, array: NDArray[Any]) -> NDArray[Any]:
    if isinstance(baseline, Mapping):
        return _of(baseline[name], name, array) if name in baseline else array
    if baseline is None:
        return np.zeros_like(array)
    if isinstance(baseline, str):
        return _blurred(array)
    wanted = _plain(baseline)
    if array.dtype.kind in "iu" and wanted.dtype.kind not in "iu":
        raise ParameterError(f"baseline: {name} holds tokens, whose baseline is the number of one, got {baseline!r}.")
    if wanted.shape not in ((), array.shape, array.shape[1:], (1, *array.shape[1:])):
        raise ParameterError(
            f"baseline: shape {wanted.shape} fits neither one row {array.shape[1:]} nor all {array.shape}; "
            f"pass one of those, or a number."
        )
    return np.broadcast_to(wanted, array.shape).astype(array.dtype)


def _plain(baseline: Any) -> NDArray[Any]:
    if isinstance(baseline, Table):
        return baseline.numbers()
    detached = baseline.detach().cpu() if hasattr(baseline, "detach") else baseline
    wanted = np.asarray(detached)
    if wanted.dtype.kind not in "biuf" or not np.isfinite(wanted).all():
        raise ParameterError(f"baseline must hold finite numbers, got {type(baseline).__name__}.")
    return wanted


def _blurred(array: NDArray[Any]) -> NDArray[Any]:
    from scipy.ndimage import gaussian_filter

    if array.ndim != 4:
        raise ParameterError(f"baseline: 'blur' is for images (rows, channels, height, width), got {array.shape}.")
    sigma = BLUR * min(array.shape[2:])
    return np.asarray(gaussian_filter(array, (0, 0, sigma, sigma)), dtype=array.dtype)
