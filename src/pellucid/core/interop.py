"""Results in other libraries' types; each library is imported where it is used."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from pellucid.core.errors import MissingExtraError, ParameterError

if TYPE_CHECKING:
    from pellucid.core.attribution import Attribution

__all__ = ["to_shap", "to_xarray"]


def to_shap(attribution: Attribution) -> Any:
    """A ``shap.Explanation``: the target axis is dropped where there is one target, as shap's plots expect.

    Raises
    ------
    MissingExtraError : shap is not installed.
    ParameterError : several texts or images, whose parts are not the same from row to row.
    """
    if attribution.parted is not None and attribution.values.ndim == 3 and len(attribution) > 1:
        raise ParameterError(
            "to_shap: parts of texts and images differ from row to row; take one, as in ex[0].to_shap()."
        )
    try:
        import shap
    except ImportError as error:
        raise MissingExtraError("to_shap needs the shap package; pip install 'pellucid[shap]'.") from error
    single = len(attribution.target_names) == 1
    base = attribution.base
    display = None if attribution.data is None else _display(attribution)
    return shap.Explanation(
        values=attribution.values[..., 0].copy() if single else attribution.values.copy(),
        base_values=None if base is None else (base[:, 0].copy() if single else base.copy()),
        data=display,
        display_data=display,
        feature_names=list(attribution.input_names) if attribution.values.ndim == 3 else None,
        output_names=None if single else list(attribution.target_names),
    )


def to_xarray(attribution: Attribution) -> Any:
    """An ``xarray.Dataset`` with ``values``, ``base`` and ``stderr`` over ``row``, ``feature`` and ``target``.

    Raises
    ------
    MissingExtraError : xarray is not installed.
    """
    try:
        import xarray
    except ImportError as error:
        raise MissingExtraError("to_xarray needs the xarray package; pip install xarray.") from error
    inputs = [f"axis{axis}" for axis in range(1, attribution.values.ndim - 1)]
    if attribution.feature_names:
        inputs = ["feature"]
    parts: dict[str, Any] = {"values": (("row", *inputs, "target"), attribution.values)}
    if attribution.base is not None:
        parts["base"] = (("row", "target"), attribution.base)
    if attribution.stderr is not None:
        parts["stderr"] = (("row", *inputs, "target"), attribution.stderr)
    labels: dict[str, Any] = {"target": list(attribution.target_names)}
    if attribution.feature_names:
        labels["feature"] = list(attribution.feature_names)
    return xarray.Dataset(parts, coords=labels, attrs={"unit": attribution.unit, "method": attribution.receipt.method})


def _display(attribution: Attribution) -> Any:
    data = attribution.data
    if data is None or set(data.kinds) <= {"number", "boolean"}:
        return None if data is None else data.numbers()
    cells = np.empty(data.shape, dtype=object)
    for j in range(len(data.names)):
        cells[:, j] = data.column(j)
    return cells
