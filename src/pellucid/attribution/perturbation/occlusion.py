"""How far a prediction falls when a part of its input is covered."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.perturbation.picture import Picture, needs_regions
from pellucid.attribution.perturbation.windows import Windows
from pellucid.core.attribution import Attribution
from pellucid.core.batching import Game, row_blocks
from pellucid.core.card import Card
from pellucid.core.completeness import Check
from pellucid.core.errors import ParameterError
from pellucid.core.images import Images
from pellucid.core.inputs import Inputs
from pellucid.core.method import Computed, Method, attribute, one_by_one
from pellucid.core.model import Model
from pellucid.core.params import Constraint, Either, Flag, Nothing, Whole
from pellucid.core.progress import track
from pellucid.core.receipt import Completeness
from pellucid.core.sides import Sides, two_sides
from pellucid.core.tables import Table
from pellucid.core.target import Target, TargetSpec
from pellucid.maskers.adapt import model_and_masker
from pellucid.maskers.grouped import grouped
from pellucid.maskers.groups import Groups, plain
from pellucid.models import as_model

__all__ = ["Occlusion"]

NOT_SHARED = Completeness(
    "not promised",
    reason="each part is covered by itself, so what parts do together counts several times or not at all",
)
#: the most truth values in a block of coalitions
BLOCK = 2**24


class Occlusion(Method):
    """How far the prediction falls when a column, some words or a piece of an image is covered.

    ``φ_i = mean over the windows W that cover i of f(x) − f(x without W)``

    Parameters
    ----------
    model : any model, or a function from rows to predictions.
    background : what is there instead: rows or ``(rows, weights)`` of a table, over all of which the answer is
        averaged; or a Masker, such as ``Text()`` or ``Patches(absent=0)`` of ``pellucid.maskers``.
    window : None covers one player at a time: a column, a word, a region. Of texts, so many parts in a row; of
        images, a rectangle of so many pixels along each side, or (height, width).
    stride : how far apart windows begin, at most the window; None is 1 for texts and the window's own size for images.
        Where windows overlap, each part has the mean over those that cover it; the last one is cut off at the end.
    groups : name → columns that are covered together and get one value; all others stay single.
    batch_size : the most rows the model is asked about at once; of images at most 16 MB. The values have the same bits
        for any.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : no background, or a setting outside what it may be.
    InputError, ColumnsError : the background, or a group, does not fit the model.

    Source
    ------
    Zeiler & Fergus (2014), "Visualizing and understanding convolutional networks", ECCV, 818–833, section 4.2.

    Deviations
    ----------
    The paper maps the answer with the patch in place; here it is taken from the answer without any, so that larger
    means more important. Its patch is grey; here the masker says what it is.
    """

    card: ClassVar[Card] = Card(
        summary="How far the prediction falls when a column, some words or a piece of an image is covered",
        paper="Zeiler & Fergus (2014), Visualizing and understanding convolutional networks",
        explains="Attribution",
        needs="predict",
        background="required",
        completeness="not promised",
        cost="1 + w·B model evaluations a row, for w windows and B background rows; B is 1 for texts and images",
        limits="says nothing about parts that only matter together; Shapley values share that out",
        takes="tables, texts, images",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {
        "window": Either(Nothing(), Sides()),
        "stride": Either(Nothing(), Sides()),
        "groups": Either(Nothing(), Groups()),
        "batch_size": Whole(1),
        "progress": Either(Nothing(), Flag()),
    }

    def __init__(
        self,
        model: Any,
        background: Any = None,
        *,
        window: int | Sequence[int] | None = None,
        stride: int | Sequence[int] | None = None,
        groups: Mapping[str, Iterable[str | int]] | None = None,
        batch_size: int = 16_384,
        progress: bool | None = None,
    ) -> None:
        self.window = window
        self.stride = stride
        self.groups: Mapping[str, Any] | None = groups
        self.batch_size = batch_size
        self.progress = progress
        self.check_settings()
        _check_sliding(window, stride)
        self.groups = plain(groups)
        self.model, masker = model_and_masker(model, background)
        self.masker = grouped(masker, self.groups)

    def explain(self, rows: Any, target: TargetSpec = None, *, check: Check = "sample") -> Attribution:
        """Falls of the prediction.

        Parameters
        ----------
        rows : a frame or array with the model's columns; texts or images where the masker takes them.
        target : which outputs, or any function of them; None is every output.
        check : as all methods take it; there is no sum to check here.

        Returns
        -------
        Attribution with values (rows, parts, targets) in the model's unit and no base; with a window over images
        (rows, height, width, targets).

        Raises
        ------
        InputError, ColumnsError : the rows do not fit the model or the background.
        ParameterError : no such target, or a window over the columns of a table, which have no order.
        ModelFailedError : the model raised, or answered with something that is not a number.
        """
        model = as_model(self.model, rows=rows)
        inputs = self.masker.read(rows, model)
        if isinstance(inputs, Table) and (self.window is not None or self.stride is not None):
            raise ParameterError(
                f"Occlusion: columns of a table have no order for a window to slide along, got window={self.window!r} "
                f"and stride={self.stride!r}; leave both out, and pass groups= to cover several at once."
            )
        compute = partial(self._compute, model)
        return attribute(
            self, model, inputs, target, compute, check=check, relative=0.0, background=self.masker.describe()
        )

    def _compute(self, model: Model, inputs: Inputs, target: Target) -> Computed:
        if isinstance(inputs, Images) and self.window is not None:
            pixels = partial(self._pixels, model)
            found = one_by_one(pixels, inputs, target, label="Occlusion", progress=self.progress)
            return replace(found, shown=Images(inputs.native), completeness=NOT_SHARED)
        players = partial(self._players, model)
        if self.masker.alike:
            found = players(inputs, target)
        else:
            found = one_by_one(players, inputs, target, label="Occlusion", progress=self.progress)
        return replace(found, shown=self.masker.shown(inputs), completeness=NOT_SHARED)

    def _players(self, model: Model, inputs: Inputs, target: Target) -> Computed:
        """Windows along the players of rows that all have the same; one player each where no window was asked for."""
        game = Game(model, self.masker, inputs, target, batch_size=self.batch_size)
        windows = Windows(len(game.players), _parts("window", self.window), _parts("stride", self.stride))
        falls = self._falls(game, windows)
        values = windows.total(falls.swapaxes(0, 1)).swapaxes(0, 1) / windows.counts[:, np.newaxis]
        return Computed(values=values, base=None, evaluations=game.evaluations)

    def _falls(self, game: Game, windows: Windows) -> NDArray[np.float64]:
        """(rows, windows, targets) f(x) − f(x without the window)."""
        whole = game.worth(np.arange(len(game.rows)), np.ones((1, windows.length), dtype=np.bool_))
        falls = np.repeat(whole, len(windows), axis=1)
        size = max(1, min(BLOCK // windows.length, self.batch_size))
        parts = [np.arange(start, min(start + size, len(windows))) for start in range(0, len(windows), size)]
        steps = [(rows, part) for rows in row_blocks(len(game.rows), len(windows)) for part in parts]
        for rows, part in track(steps, total=len(steps), label="Occlusion", show=self.progress):
            falls[np.ix_(rows, part)] -= game.worth(rows, ~windows.cover(part))
        return falls

    def _pixels(self, model: Model, image: Images, target: Target) -> Computed:
        """A rectangle slid over the pixels of one image."""
        masker = needs_regions("Occlusion", self.masker)
        picture = Picture(model, masker, image, target, batch_size=self.batch_size)
        sizes = two_sides(self.window or 1)
        strides = sizes if self.stride is None else two_sides(self.stride)
        down, across = map(Windows, picture.shape, sizes, strides)
        whole = picture.answers(np.ones((1, *picture.shape), dtype=np.bool_))
        answers = []
        blocks = list(picture.blocks(len(down) * len(across)))
        for numbers in track(blocks, total=len(blocks), label="Occlusion", show=self.progress):
            i, j = np.divmod(numbers, len(across))
            answers.append(picture.answers(~(down.cover(i)[:, :, np.newaxis] & across.cover(j)[:, np.newaxis, :])))
        falls = (whole - np.concatenate(answers)).reshape(len(down), len(across), -1)
        total = across.total(down.total(falls).swapaxes(0, 1)).swapaxes(0, 1)
        counts = down.counts[:, np.newaxis] * across.counts
        return Computed(
            values=(total / counts[..., np.newaxis])[np.newaxis], base=None, evaluations=picture.evaluations
        )


def _parts(name: str, value: int | Sequence[int] | None) -> int:
    """A window or stride over words, regions or columns."""
    if isinstance(value, Sequence):
        raise ParameterError(
            f"Occlusion: {name} must be one whole number of parts in a row where these are words, got {value!r}."
        )
    return 1 if value is None else int(value)


def _check_sliding(window: int | Sequence[int] | None, stride: int | Sequence[int] | None) -> None:
    if stride is None:
        return
    if window is None:
        raise ParameterError(f"Occlusion: stride={stride!r} needs a window to move; pass window= as well.")
    if any(step > size for step, size in zip(two_sides(stride), two_sides(window), strict=True)):
        raise ParameterError(
            f"Occlusion: stride must be at most the window, lest parts be left out, got stride={stride!r} and "
            f"window={window!r}."
        )
