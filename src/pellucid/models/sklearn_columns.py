"""Which of the caller's columns each encoded column of a scikit-learn pipeline comes from, told from its structure."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from pellucid.models.sklearn_common import columns_of, kind_of

__all__ = ["MixedColumnsError", "names_before", "owners_after"]

Owners = NDArray[np.int32]


class MixedColumnsError(Exception):
    """A step whose output columns come from several input columns each, or cannot be told; follows "because"."""


def owners_after(steps: Sequence[tuple[str, Any]], owners: Owners, outputs: int | None) -> Owners:
    """Follow the columns through a chain of fitted transformers.

    Parameters
    ----------
    steps : name and transformer, in order.
    owners : (columns,) whose column each input column is.
    outputs : number of columns after the last step, where known.

    Returns
    -------
    (encoded columns,) whose column each encoded column is.

    Raises
    ------
    MixedColumnsError : a step mixes columns, or is of a class not known to keep them apart.
    """
    real = [(name, step) for name, step in steps if not _passes(step)]
    for i, (name, step) in enumerate(real):
        width = columns_of(real[i + 1][1])[1] if i + 1 < len(real) else outputs
        owners = _after(name, step, owners, width)
    return owners


def _after(name: str, step: Any, owners: Owners, outputs: int | None) -> Owners:
    if _passes(step):
        return owners
    if outputs is not None and len(owners) and (owners == owners[0]).all():
        # whatever a step makes of one column is still that column's
        return np.full(outputs, owners[0], dtype=np.int32)
    found = _by_class(step, owners, outputs)
    if found is None or outputs not in (None, len(found)):
        raise MixedColumnsError(f"its step {name!r} ({kind_of(step)}) mixes columns or is not known to keep them apart")
    return found


def _passes(step: Any) -> bool:
    return step is None or (isinstance(step, str) and step == "passthrough")


def _by_class(step: Any, owners: Owners, outputs: int | None) -> Owners | None:
    """None for a class not known to keep columns apart; a subclass may do anything, so it is not known."""
    from sklearn.feature_selection import SelectorMixin

    if not type(step).__module__.startswith("sklearn."):
        return None
    if isinstance(step, SelectorMixin):
        return np.asarray(owners[step.get_support(indices=True)])
    rule = RULES.get(type(step).__name__)
    return None if rule is None else rule(step, owners, outputs)


def _pipeline(step: Any, owners: Owners, outputs: int | None) -> Owners:
    return owners_after(step.steps, owners, outputs)


def _union(step: Any, owners: Owners, _: int | None) -> Owners:
    kept = [(name, part) for name, part in step.transformer_list if not isinstance(part, str) or part != "drop"]
    return np.concatenate([owners[:0], *(_after(name, part, owners, None) for name, part in kept)])


def _column_transformer(step: Any, owners: Owners, _: int | None) -> Owners:
    found = np.zeros(max(part.stop for part in step.output_indices_.values()), dtype=np.int32)
    for name, transformer, _columns in step.transformers_:
        place = step.output_indices_[name]
        if place.stop > place.start:
            inputs = owners[step._transformer_to_input_indices[name]]
            found[place] = _after(name, transformer, inputs, place.stop - place.start)
    return found


def _each(_step: Any, owners: Owners, _: int | None) -> Owners:
    """One output for each input, made of that input alone."""
    return owners


def _function(step: Any, owners: Owners, _: int | None) -> Owners | None:
    """The identity and numpy's one-argument functions work on each value by itself; others may do anything."""
    ufunc = isinstance(step.func, np.ufunc) and step.func.nin == 1 and step.func.nout == 1 and not step.kw_args
    return owners if step.func is None or ufunc else None


def _imputed(step: Any, owners: Owners, _: int | None) -> Owners:
    """Columns without any value may be dropped, indicators of missingness added."""
    kept = np.ones(len(owners), dtype=np.bool_)
    if not step.keep_empty_features:
        kept = np.array([value == value for value in step.statistics_], dtype=np.bool_)  # noqa: PLR0124
    added = step.indicator_.features_ if step.add_indicator else []
    return np.concatenate([owners[kept], owners[np.asarray(added, dtype=np.intp)]])


def _indicated(step: Any, owners: Owners, _: int | None) -> Owners:
    return np.asarray(owners[step.features_])


def _one_hot(step: Any, owners: Owners, _: int | None) -> Owners:
    return np.repeat(owners, step._n_features_outs)


def _binned(step: Any, owners: Owners, _: int | None) -> Owners:
    return np.repeat(owners, 1 if step.encode == "ordinal" else step.n_bins_)


def _target_encoded(step: Any, owners: Owners, _: int | None) -> Owners:
    return np.repeat(owners, len(step.classes_) if step.target_type_ == "multiclass" else 1)


def _splines(step: Any, owners: Owners, _: int | None) -> Owners:
    return np.repeat(owners, step.n_features_out_ // step.n_features_in_)


#: scikit-learn's classes that keep columns apart, beside its feature selectors
RULES: Mapping[str, Callable[[Any, Owners, int | None], Owners | None]] = {
    "Pipeline": _pipeline,
    "FeatureUnion": _union,
    "ColumnTransformer": _column_transformer,
    "FunctionTransformer": _function,
    "StandardScaler": _each,
    "MinMaxScaler": _each,
    "MaxAbsScaler": _each,
    "RobustScaler": _each,
    "PowerTransformer": _each,
    "QuantileTransformer": _each,
    "Binarizer": _each,
    "OrdinalEncoder": _each,
    "SimpleImputer": _imputed,
    "MissingIndicator": _indicated,
    "OneHotEncoder": _one_hot,
    "KBinsDiscretizer": _binned,
    "TargetEncoder": _target_encoded,
    "SplineTransformer": _splines,
}


def names_before(native: Any, count: int) -> tuple[str, ...] | None:
    """What the steps before the last one call its columns; None where they do not say, or it is no pipeline.

    Parameters
    ----------
    count : how many columns the last step takes.
    """
    native = getattr(native, "best_estimator_", native)
    if not hasattr(native, "steps") or len(native.steps) < 2:
        return None
    try:
        names = tuple(map(str, native[:-1].get_feature_names_out()))
    except (AttributeError, ValueError, TypeError, KeyError):  # a step that knows no names
        return None
    return names if len(names) == count else None
