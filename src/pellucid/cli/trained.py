"""Categories as the model was trained on them, since a file does not say which columns are categories.

Only libraries that read categories from a column's type are asked; a scikit-learn pipeline encodes its own text
columns. Their models are recognised by what they carry, so that no library is imported here.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

__all__ = ["as_trained", "text_columns", "trained_levels", "unseen"]

#: for columns of a CatBoost model, which knows a category by its text alone and keeps no levels
TEXTS = "texts"
#: column → its levels, TEXTS, or None where the model does not keep them
Levels = Mapping[str, tuple[object, ...] | str | None]


def trained_levels(native: Any) -> Levels:
    """The columns that a model was trained to read as categories."""
    if hasattr(native, "get_cat_feature_indices"):
        return {native.feature_names_[j]: TEXTS for j in native.get_cat_feature_indices()}
    booster = native.get_booster() if hasattr(native, "get_booster") else getattr(native, "booster_", native)
    if hasattr(booster, "feature_types"):
        return _xgboost(booster)
    if hasattr(booster, "pandas_categorical"):
        return _lightgbm(booster)
    if getattr(native, "is_categorical_", None) is not None and hasattr(native, "feature_names_in_"):
        return dict.fromkeys(native.feature_names_in_[native.is_categorical_])
    return {}


def text_columns(levels: Levels) -> list[str]:
    """Columns whose levels are texts, also those that look like numbers."""
    return [
        name
        for name, known in levels.items()
        if known == TEXTS or (known and all(isinstance(level, str) for level in known))
    ]


def as_trained(frame: Any, levels: Levels) -> Any:
    """The narwhals frame with the model's categories as categories."""
    import narwhals as nw

    wanted = [
        name
        for name in frame.columns
        if levels.get(name, TEXTS) != TEXTS and frame[name].dtype not in (nw.Categorical, nw.Enum)
    ]
    truths = [name for name in frame.columns if levels.get(name) == TEXTS and _all_truths(frame[name].unique())]
    columns = [nw.col(name).cast(nw.Categorical) for name in wanted]
    columns += [nw.col(name).str.to_lowercase() == "true" for name in truths]
    return frame.with_columns(columns) if columns else frame


def _all_truths(values: Any) -> bool:
    """Whether these are the words that a column of booleans becomes in a CSV file; CatBoost calls them 1 and 0."""
    return all(isinstance(value, str) and value.lower() in ("true", "false") for value in values.to_list())


def unseen(frame: Any, levels: Levels) -> dict[str, list[object]]:
    """Column → values in the frame that the model never saw there."""
    found = {}
    for name, known in levels.items():
        if isinstance(known, tuple) and name in frame.columns:
            strange = [value for value in frame[name].unique().to_list() if _present(value) and value not in known]
            if strange:
                found[name] = sorted(strange, key=str)
    return found


def _xgboost(booster: Any) -> Levels:
    if not booster.feature_names or not booster.feature_types or "c" not in booster.feature_types:
        return {}
    kept = _xgboost_levels(booster)
    marked = zip(booster.feature_names, booster.feature_types, strict=True)
    # a model that keeps no levels was trained on codes, and gets the codes as they are
    return {name: kept[name] for name, kind in marked if kind == "c" and name in kept}


def _xgboost_levels(booster: Any) -> dict[str, tuple[object, ...] | None]:
    """Levels that XGBoost 3.1 and later keep in the model."""
    if not hasattr(booster, "get_categories"):
        return {}
    try:
        arrays = booster.get_categories(export_to_arrow=True).to_arrow()
    except ImportError:  # without pyarrow the levels cannot be seen, but XGBoost itself still matches them
        return dict.fromkeys(booster.feature_names)
    return {name: tuple(levels.to_pylist()) for name, levels in arrays if levels is not None}


def _lightgbm(booster: Any) -> Levels:
    if not booster.pandas_categorical:
        return {}
    ranges = booster.dump_model(num_iteration=1)["feature_infos"]
    names = [name for name in booster.feature_name() if ranges.get(name, {}).get("values")]
    if len(names) != len(booster.pandas_categorical):
        return {}
    return {name: tuple(levels) for name, levels in zip(names, booster.pandas_categorical, strict=True)}


def _present(value: object) -> bool:
    return value is not None and value == value  # noqa: PLR0124
