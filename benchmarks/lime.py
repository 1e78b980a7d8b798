"""Time outside the model against lime, as many perturbed rows and the same regions: ``python -m benchmarks.lime``."""

from __future__ import annotations

import warnings
from collections.abc import Callable
from typing import Any

import numpy as np
from lime.lime_image import LimeImageExplainer
from lime.lime_tabular import LimeTabularExplainer
from skimage.segmentation import slic
from sklearn.neural_network import MLPClassifier

from benchmarks.outside import Clocked, header, report
from pellucid.attribution import LIME
from pellucid.maskers import Superpixels

SEED = 0
ROWS, PEER_ROWS = 1_000, 40
COLUMNS = 20
SIDE, SEGMENTS = 224, 60


def main() -> None:
    """Print one line for each kind of work, the median of several turns."""
    warnings.simplefilter("ignore")
    print(header("lime"))
    X, predict = table_model()
    for work, ours, theirs in (
        ("quartiles, 10 features", {}, {}),
        ("quartiles, 5 features by forward selection", {"features": 5}, {"num_features": 5}),
        ("numbers around the row, 10 features", {"discretize": None, "sample_around_instance": True}, {}),
    ):
        around = {"discretize_continuous": False, "sample_around_instance": True} if "discretize" in ours else {}
        report(
            f"table, {ROWS:,} rows × {COLUMNS} columns, 5,000 perturbed: {work}",
            lambda model, ours=ours: LIME(model, X, **ours).explain(X[:ROWS], 1),
            lambda model, theirs=theirs, around=around: table_by_lime(model, X, theirs, around),
            predict,
            (ROWS, PEER_ROWS),
        )
    image, regions = picture()
    masker = Superpixels(absent="region mean", segment=lambda _: regions)
    for kind, pixels in (("bytes", (image * 255).astype(np.uint8)), ("float64", image)):
        report(
            f"image, {SIDE} × {SIDE} {kind}, {regions.max() + 1} regions, 1,000 perturbed",
            lambda model, pixels=pixels: LIME(model, masker).explain(pixels[np.newaxis], 1),
            lambda model, pixels=pixels: image_by_lime(model, pixels, regions),
            brightness,
            (1, 1),
        )


def table_model() -> tuple[np.ndarray, Callable[[Any], Any]]:
    """Rows and an MLP with two classes."""
    rng = np.random.default_rng(SEED)
    X = rng.normal(size=(2_000, COLUMNS))
    y = (X[:, 0] * X[:, 1] + X[:, 2] > 0).astype(int)
    return X, MLPClassifier((32,), max_iter=60, random_state=SEED).fit(X, y).predict_proba


def table_by_lime(model: Clocked, X: np.ndarray, asked: dict[str, Any], settings: dict[str, Any]) -> None:
    """lime on the peer's rows."""
    explainer = LimeTabularExplainer(X, random_state=SEED, **settings)
    for row in X[:PEER_ROWS]:
        explainer.explain_instance(row, model, **asked)


def picture() -> tuple[np.ndarray, np.ndarray]:
    """A smooth colourful image and its superpixels."""
    y, x = np.mgrid[:SIDE, :SIDE] / SIDE
    image = np.stack([np.sin(9 * x) * y, np.cos(7 * y) * x, np.sin(5 * (x + y))], axis=2) / 2 + 0.5
    return image, slic(image, n_segments=SEGMENTS, start_label=0)


def brightness(images: np.ndarray) -> np.ndarray:
    """Two classes by the mean of one corner."""
    share = images[:, : SIDE // 2 : 8, : SIDE // 2 : 8].mean(axis=(1, 2, 3)) / 255
    return np.column_stack([1 - share, share])


def image_by_lime(model: Clocked, image: np.ndarray, regions: np.ndarray) -> None:
    """lime on the same regions, each hidden behind its mean colour."""
    explainer = LimeImageExplainer(random_state=SEED)
    explainer.explain_instance(image, model, labels=(1,), top_labels=None, segmentation_fn=lambda _: regions)


if __name__ == "__main__":
    main()
