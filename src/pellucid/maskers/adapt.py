"""``as_masker``: from whatever the caller passed as ``background=`` to one masker."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.core.errors import ParameterError
from pellucid.core.masker import Masker
from pellucid.core.model import Model
from pellucid.core.tables import Table
from pellucid.maskers.background import Background
from pellucid.models import as_model, is_function

__all__ = ["as_masker", "background_rows", "model_and_masker", "rows_of"]


def model_and_masker(model: Any, background: Any) -> tuple[Any, Masker]:
    """What a method is made of: a Model, and what absence means.

    A function is tried on the background to count its outputs. Where the masker has no rows, it stays a function, to be
    tried on the rows to explain: ``as_model(model, rows=…)``.

    Raises
    ------
    UnsupportedModelError, ModelFailedError : not a model, or a function that cannot answer the background.
    ParameterError, InputError, ColumnsError : as in :func:`as_masker`.
    """
    _refuse_none(background)
    rows = background.example if isinstance(background, Masker) else _parts(background)[0]
    if rows is None and is_function(model):
        return model, background
    adapted = as_model(model, rows=rows)
    return adapted, as_masker(background, adapted)


def as_masker(background: Any, model: Model) -> Masker:
    """One masker for any background.

    Parameters
    ----------
    background : rows, ``(rows, weights)``, or a Masker. All rows are used, however many they are.
    model : gives the columns and their order.

    Raises
    ------
    ParameterError : there is no background.
    InputError, ColumnsError : it is not a table with the model's columns, or the weights do not fit its rows.
    """
    _refuse_none(background)
    if isinstance(background, Masker) and type(background) is not Background:
        return background
    rows, weights = _parts(background)
    return Background(model.table(rows, what="background"), weights)


def background_rows(background: Any, model: Model) -> Background | None:
    """A background as weighted rows, for methods that average over rows themselves; None stays None.

    Raises
    ------
    ParameterError : a masker without rows.
    InputError, ColumnsError : as in :func:`as_masker`.
    """
    return None if background is None else rows_of(background, model)


def rows_of(background: Any, model: Model) -> Background:
    """As :func:`background_rows`, for methods that need one.

    Raises
    ------
    ParameterError : there is no background, or a masker without rows.
    InputError, ColumnsError : as in :func:`as_masker`.
    """
    masker = as_masker(background, model)
    if not isinstance(masker, Background):
        raise ParameterError(
            f"background: this method averages over background rows and {type(background).__name__} has none; "
            f"pass rows, or use KernelSHAP, which takes any masker."
        )
    return masker


def _refuse_none(background: Any) -> None:
    if background is None:
        raise ParameterError(
            "background: None was passed, and absent values have to come from somewhere; "
            "pass rows, for instance 100 of the training data, or a masker, such as Text() or Superpixels()."
        )


def _parts(background: Any) -> tuple[Any, Any]:
    if isinstance(background, Background):
        return background.table, background.weights
    if isinstance(background, tuple) and len(background) == 2 and _is_table(background[0]):
        return background
    return background, None


def _is_table(value: Any) -> bool:
    if isinstance(value, list | tuple):
        return np.asarray(value).ndim == 2
    return isinstance(value, Table) or len(getattr(value, "shape", ())) == 2
