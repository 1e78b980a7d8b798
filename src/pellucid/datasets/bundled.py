"""The data sets that scikit-learn carries inside its own package; nothing is downloaded."""

from __future__ import annotations

from typing import Any

import numpy as np

from pellucid.datasets.dataset import Dataset
from pellucid.datasets.frames import Column, FrameName, build, choose

__all__ = ["breast_cancer", "diabetes", "digits", "iris", "wine"]


def breast_cancer(*, frame: FrameName | None = None) -> Dataset:
    """Return 569 tumours by 30 measurements of their cell nuclei; class 0 malignant, 1 benign.

    ``frame`` and the errors are those of ``claims``.

    Source
    ------
    Street, Wolberg and Mangasarian (1993), "Nuclear feature extraction for breast tumor diagnosis".
    """
    from sklearn.datasets import load_breast_cancer

    return _dataset("breast_cancer", load_breast_cancer(), frame, "Measurements of cell nuclei, malignant or benign.")


def diabetes(*, frame: FrameName | None = None) -> Dataset:
    """Return 442 patients by 10 measurements in their own units, and how far diabetes went in a year.

    ``frame`` and the errors are those of ``claims``.

    Source
    ------
    Efron, Hastie, Johnstone and Tibshirani (2004), "Least angle regression", Annals of Statistics 32.
    """
    from sklearn.datasets import load_diabetes

    bunch = load_diabetes(scaled=False)
    return _dataset("diabetes", bunch, frame, "Patients at the start of a year, and how far diabetes went in it.")


def digits(*, frame: FrameName | None = None) -> Dataset:
    """Return 1,797 handwritten digits by the 64 grey levels (0 to 16) of their 8 x 8 pixels; classes 0 to 9.

    ``frame`` and the errors are those of ``claims``.

    Source
    ------
    Kaynak (1995), "Methods of combining multiple classifiers and their applications to handwritten digit
    recognition".
    """
    from sklearn.datasets import load_digits

    return _dataset("digits", load_digits(), frame, "Handwritten digits of 8 x 8 pixels.")


def iris(*, frame: FrameName | None = None) -> Dataset:
    """Return 150 irises by 4 lengths and widths in centimetres; three species.

    ``frame`` and the errors are those of ``claims``.

    Source
    ------
    Fisher (1936), "The use of multiple measurements in taxonomic problems", Annals of Eugenics 7.
    """
    from sklearn.datasets import load_iris

    return _dataset("iris", load_iris(), frame, "Irises of three species by the size of their leaves.")


def wine(*, frame: FrameName | None = None) -> Dataset:
    """Return 178 wines by 13 chemical measurements; three growers.

    ``frame`` and the errors are those of ``claims``.

    Source
    ------
    Forina et al., PARVUS, an extendible package for data exploration, classification and correlation.
    """
    from sklearn.datasets import load_wine

    return _dataset("wine", load_wine(), frame, "Wines of three growers by their chemistry.")


def _dataset(name: str, bunch: Any, frame: FrameName | None, description: str) -> Dataset:
    feature_names = tuple(str(feature) for feature in bunch.feature_names)
    target_names = tuple(str(target) for target in getattr(bunch, "target_names", ["progression"]))
    columns = [
        Column(feature, "number", np.ascontiguousarray(values))
        for feature, values in zip(feature_names, bunch.data.T, strict=True)
    ]
    kind = np.float64 if len(target_names) == 1 else np.int64
    X = build(columns, choose(name, frame))
    return Dataset(name, X, bunch.target.astype(kind), feature_names, target_names, description)
