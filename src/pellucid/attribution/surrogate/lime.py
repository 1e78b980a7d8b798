"""LIME: a small linear model around each prediction."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, ClassVar

from pellucid.attribution.surrogate.feature_selection import SELECTIONS
from pellucid.attribution.surrogate.local_surrogates import SETTINGS, LocalSurrogates
from pellucid.attribution.surrogate.weighting import DISTANCES
from pellucid.core.attribution import Attribution
from pellucid.core.card import Card
from pellucid.core.completeness import Check
from pellucid.core.params import Constraint, Either, Flag, Fraction, Nothing, OneOf
from pellucid.core.target import TargetSpec

__all__ = ["LIME"]


class LIME(LocalSurrogates):
    """Coefficients of a weighted ridge regression that imitates the model around each row.

    ``min over g: Σ_s w_s (f(x_s) − g(z_s))² + α |β|²``, ``g(z) = β₀ + β·z``, ``w_s = √exp(−d(z_s, z)² / width²)``

    ``z`` is the row as people read it: of a table a 1 for each column whose bin or category a perturbed row shares with
    the row, of texts and images a 1 for each part that is present. The values are ``β_j z_j`` and the base is ``β₀``:
    base + Σ values is what the *surrogate* predicts; how far off the model that is, and the weighted R², are in the
    receipt. The standard error is that of drawing as many perturbed rows again, with the same features chosen.

    All rows use the same perturbed rows where these do not depend on the row, so the model is asked about
    ``samples − 1`` rows of a table, however many are explained.

    Parameters
    ----------
    model : any model, or a function from rows to predictions.
    background : rows, ``(rows, weights)``, or a masker such as ``Text()``.
    samples : perturbed rows, the row itself included; None is 5,000, and 1,000 for images.
    kernel_width : how fast weights fall with distance; None is ``0.75 √columns`` for tables and 0.25 for texts, images.
    distance : ``"euclidean"`` or ``"cosine"``; None is the first for tables and the second for texts and images.
    features : the most that a surrogate uses; ``"auto"`` is 10, and all of images; None is all.
    selection : how they are chosen: ``"forward_selection"``, ``"highest_weights"``, ``"lasso_path"``, ``"none"``, or
        ``"auto"``: the first up to six features, then the second.
    discretize : cut numbers into ``"quartile"`` or ``"decile"`` bins of the background; None takes their distance from
        the mean in standard deviations.
    categorical : names or numbers of columns of numbers that are codes.
    sample_around_instance : where numbers are not cut into bins, draw them around the row, not around the mean.
    alpha : ridge penalty.
    seed : of the perturbed rows; the same seed gives the same bits.
    batch_size : the most rows the model is asked about at once; None is 16,384, and of images 64 or 4 MB, whichever is
        less, but 16. The values have the same bits for any.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : no background, or a setting outside what it may be.
    InputError, ColumnsError : the background does not fit the model.

    Source
    ------
    Ribeiro, Singh & Guestrin (2016), "Why should I trust you?", KDD, 1135–1144, section 3; defaults of lime 0.2.0.1.

    Deviations
    ----------
    From the paper, as in lime: tables are cut into bins; ridge regression on chosen features, not K-LASSO. From lime:
    rows share perturbed rows, where lime draws new ones for each; duplicates of a coalition are asked about once;
    cosine distances of texts are from 0 to 1 with width 0.25, where lime has 100 times both; every occurrence of a word
    is a part; missing numbers are a bin of their own, where lime fails; of a background's weights bins are weighted
    percentiles; a bin that holds one value keeps it, where lime asks about 0; no entropy bins, other kernels or other
    regressions.
    """

    card: ClassVar[Card] = Card(
        summary="Coefficients of a small linear model that imitates any model around one row",
        paper="Ribeiro, Singh & Guestrin (2016), Why should I trust you?",
        explains="Attribution",
        needs="predict",
        background="required",
        completeness="not promised",
        cost="tables: samples + rows model evaluations in all; texts and images: up to samples each",
        limits="what counts as near is a choice, and changes the values: look at R² in the receipt and at stderr",
        takes="tables, texts, images",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        **SETTINGS,
        "kernel_width": Either(Nothing(), Fraction()),
        "distance": Either(Nothing(), OneOf(DISTANCES)),
        "selection": OneOf(SELECTIONS),
        "sample_around_instance": Flag(),
        "alpha": Fraction(),
    }

    def __init__(
        self,
        model: Any,
        background: Any = None,
        *,
        samples: int | None = None,
        kernel_width: float | None = None,
        distance: str | None = None,
        features: int | str | None = "auto",
        selection: str = "auto",
        discretize: str | None = "quartile",
        categorical: Iterable[str | int] = (),
        sample_around_instance: bool = False,
        alpha: float = 1.0,
        seed: int = 0,
        batch_size: int | None = None,
        progress: bool | None = None,
    ) -> None:
        self.samples, self.kernel_width, self.distance = samples, kernel_width, distance
        self.features, self.selection, self.alpha = features, selection, alpha
        self.discretize, self.sample_around_instance = discretize, sample_around_instance
        self.categorical: Any = categorical
        self.seed, self.batch_size, self.progress = seed, batch_size, progress
        self.set_model(model, background)

    def explain(self, rows: Any, target: TargetSpec = None, *, check: Check = "sample") -> Attribution:
        """Coefficients around each row, times what they multiply.

        Parameters
        ----------
        rows : a frame or array with the model's columns; texts or images where the masker takes them.
        target : which outputs, or any function of them; None is every output.
        check : there is nothing to check: base + Σ values is the surrogate's prediction, and the receipt says how far
            it is from the model's on all rows.

        Returns
        -------
        Attribution with values and stderr (rows, columns or parts, targets) in the model's unit, zero for features that
        were not chosen.

        Raises
        ------
        InputError, ColumnsError : the rows do not fit the model or the background.
        ParameterError : no such target.
        ModelFailedError : the model raised, or answered with something that is not a number.
        """
        return self.local(rows, target, check)
