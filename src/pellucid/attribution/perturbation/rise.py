"""What the model answers, on average, when a pixel is seen."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.perturbation.picture import Picture, needs_regions
from pellucid.attribution.perturbation.random_masks import RandomMasks
from pellucid.core.attribution import Attribution
from pellucid.core.card import Card
from pellucid.core.completeness import Check
from pellucid.core.images import Images
from pellucid.core.method import Computed, Method, attribute, one_by_one
from pellucid.core.model import Model
from pellucid.core.params import Constraint, Either, Flag, Fraction, Nothing, Whole
from pellucid.core.progress import track
from pellucid.core.receipt import Completeness
from pellucid.core.sides import Sides, two_sides
from pellucid.core.target import Target, TargetSpec
from pellucid.maskers.adapt import model_and_masker
from pellucid.models import as_model

__all__ = ["RISE"]

NOT_SHARED = Completeness(
    "not promised", reason="a value is the mean answer when its pixel is seen, and no share of it"
)


class RISE(Method):
    """The mean answer when a pixel is seen, over random masks.

    ``S(λ) = 1 / (N · p) · Σ_i f(x ⊙ M_i + x₀ ⊙ (1 − M_i)) · M_i(λ)``, an estimate of ``E[f | M(λ) = 1]``

    A mask M is a grid of cells, each 1 with probability p and else 0, enlarged by bilinear interpolation and shifted at
    random by less than a cell; x₀ is what the masker puts in an absent pixel's place. The standard error is that of a
    mean over N independent masks. All images use the same masks, so an image's values do not depend on which come with
    it.

    Parameters
    ----------
    model : a function from images to predictions.
    background : a masker of images, ``Patches(absent=0)`` or ``Superpixels(absent="blur")`` of ``pellucid.maskers``: it
        says what stands in an absent pixel's place, and its regions play no part.
    masks : how many, N.
    cells : of the grid along each side, or (height, width).
    p : probability that a cell is seen.
    seed : of the masks; the same seed gives the same bits.
    batch_size : the most images the model is asked about at once; of the masks' numbers at most 16 MB. The values have
        the same bits for any.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : no masker of images, or a setting outside what it may be.

    Source
    ------
    Petsiuk, Das & Saenko (2018), "RISE: Randomized input sampling for explanation of black-box models", BMVC, equation
    6 and section 3.2.

    Deviations
    ----------
    The paper's absent pixels are 0 after its network's preprocessing; here the masker says what they are.
    """

    card: ClassVar[Card] = Card(
        summary="The mean answer when a pixel is seen, over random masks, each value with its standard error",
        paper="Petsiuk, Das & Saenko (2018), RISE: Randomized input sampling for explanation of black-box models",
        explains="Attribution",
        needs="predict",
        background="required",
        completeness="not promised",
        cost="N model evaluations an image, for N masks",
        limits="values are levels and not contributions: only differences between pixels tell; cells blur details",
        takes="images",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "masks": Whole(2),
        "cells": Sides(),
        "p": Fraction(0, 1),
        "seed": Whole(0),
        "batch_size": Whole(1),
        "progress": Either(Nothing(), Flag()),
    }

    def __init__(
        self,
        model: Any,
        background: Any = None,
        *,
        masks: int = 4_000,
        cells: int | Sequence[int] = 7,
        p: float = 0.5,
        seed: int = 0,
        batch_size: int = 16_384,
        progress: bool | None = None,
    ) -> None:
        self.masks = masks
        self.cells = cells
        self.p = p
        self.seed = seed
        self.batch_size = batch_size
        self.progress = progress
        self.check_settings()
        self.model, masker = model_and_masker(model, background)
        self.masker = needs_regions("RISE", masker)

    def explain(self, rows: Any, target: TargetSpec = None, *, check: Check = "sample") -> Attribution:
        """Mean answers, with their standard errors.

        Parameters
        ----------
        rows : (images, height, width) or (images, height, width, channels).
        target : which outputs, or any function of them; None is every output.
        check : as all methods take it; there is no sum to check here.

        Returns
        -------
        Attribution with values (rows, height, width, targets) in the model's unit and no base.

        Raises
        ------
        InputError : no images.
        ParameterError : no such target, or more cells than pixels along a side.
        ModelFailedError : the model raised, or answered with something that is not a number.
        """
        model = as_model(self.model, rows=rows)
        images = self.masker.read(rows, model)
        masks = RandomMasks(images.native.shape[1:3], two_sides(self.cells), self.p, self.masks, self.seed)
        return attribute(
            self,
            model,
            images,
            target,
            partial(self._compute, model, masks),
            check=check,
            relative=0.0,
            background=self.masker.describe(),
            seed=self.seed,
        )

    def _compute(self, model: Model, masks: RandomMasks, images: Images, target: Target) -> Computed:
        one = partial(self._one, model, masks)
        found = one_by_one(one, images, target, label="RISE", progress=self.progress)
        return replace(found, completeness=NOT_SHARED, shown=Images(images.native))

    def _one(self, model: Model, masks: RandomMasks, image: Images, target: Target) -> Computed:
        picture = Picture(model, self.masker, image, target, batch_size=self.batch_size)
        first, second = np.zeros((2, len(target.names), picture.shape[0] * picture.shape[1]))
        blocks = list(picture.blocks(len(masks)))
        for numbers in track(blocks, total=len(blocks), label="RISE", show=self.progress):
            some = masks.some(numbers)
            seen = some.reshape(len(some), -1)
            answers = picture.answers(some)
            squares = np.square(seen)
            for k, answer in enumerate(answers.T):
                # not by BLAS, whose bits depend on how many threads it has
                first[k] += np.einsum("m,mp->p", answer, seen)
                second[k] += np.einsum("m,mp->p", answer**2, squares)
        mean, variance = _mean_and_variance(first / self.p, second / self.p**2, len(masks))
        as_image = [np.moveaxis(part.reshape(1, -1, *picture.shape), 1, -1) for part in (mean, variance)]
        return Computed(
            values=as_image[0],
            base=None,
            stderr=np.sqrt(as_image[1] / len(masks)),
            evaluations=picture.evaluations,
        )


def _mean_and_variance(
    first: NDArray[np.float64], second: NDArray[np.float64], n: int
) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Of n numbers, from their sum and the sum of their squares."""
    mean = first / n
    return mean, np.maximum(0.0, (second - n * mean**2) / (n - 1))
