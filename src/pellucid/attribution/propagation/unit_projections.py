"""What units of a layer answer to: their strongest activations, projected back to the pixels."""

from __future__ import annotations

from collections.abc import Mapping
from hashlib import sha256
from time import perf_counter
from typing import Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from pellucid.attribution.gradient.frame import NO_SHARES, PACE
from pellucid.attribution.gradient.gradients import at_rows
from pellucid.attribution.propagation.strongest import Strongest, blocks
from pellucid.core.card import Card
from pellucid.core.errors import InputError, ParameterError
from pellucid.core.method import Method
from pellucid.core.model import Model
from pellucid.core.params import Constraint, OneOf, Whole
from pellucid.core.projections import Projections
from pellucid.core.receipt import Receipt, versions
from pellucid.core.target import Target, TargetSpec
from pellucid.core.tensors import Tensors
from pellucid.models import as_model

__all__ = ["UnitProjections"]


class UnitProjections(Method):
    """The strongest activations of units over a set of images, each projected back through the network alone.

    ``P = a · D(e_place)``: the activation ``a`` of a unit at one place, all others set to zero, goes back through the
    layers transposed, a ReLU after each, and unpooling to where the largest was. An image counts once for a unit, with
    the place where the unit is strongest in it.

    Parameters
    ----------
    model : a torch module, or a Model with an inside that can be differentiated.
    layer : path of the module whose units are looked at.
    top : images for each unit.
    others : what activations do that are no rectifiers: ``"raise"``, or ``"gradient"``, send back their gradient.
    batch_size : the most images the network is asked about, and the most that are held besides those found.
    progress : show a bar; None shows it on a terminal or notebook only.

    Raises
    ------
    ParameterError : a setting outside what it may be.

    Source
    ------
    Zeiler & Fergus (2014), "Visualizing and understanding convolutional networks", sections 2.1 and 4.

    Deviations
    ----------
    What a place sees is found by sending a slope of 1 through all activations and windows, so that it need not be known
    from the layers' sizes.
    """

    card: ClassVar[Card] = Card(
        summary="What units inside a network answer to most, over a set of images",
        paper="Zeiler & Fergus (2014), Visualizing and understanding convolutional networks",
        explains="Projections",
        needs="network",
        background="none",
        completeness="not promised",
        cost="one pass over the images, and two gradients for each image found",
        limits="shows the few strongest images of a unit, which may be unlike all others that turn it on",
        takes="tensors",
    )
    constraints: ClassVar[Mapping[str, Constraint]] = {"top": Whole(1), "others": OneOf(("raise", "gradient")), **PACE}

    def __init__(
        self,
        model: Any,
        layer: str,
        *,
        top: int = 9,
        others: str = "raise",
        batch_size: int = 64,
        progress: bool | None = None,
    ) -> None:
        self.model = model
        self.layer = layer
        self.top = top
        self.others = others
        self.batch_size = batch_size
        self.progress = progress
        self.check_settings()

    @property
    def settings(self) -> dict[str, object]:
        return {"layer": self.layer, **super().settings}

    def explain(self, rows: Any, target: TargetSpec = None) -> Projections:
        """The images that turn units on most, and what in them does.

        Parameters
        ----------
        rows : (images, channels, height, width), memory-mapped or not; or an iterator of such arrays.
        target : number of a unit, or a list of numbers; None is every unit of the layer.

        Returns
        -------
        Projections with values (units, top, channels, height, width), in the unit of the activation times that of its
        gradient; fewer than ``top`` where there are fewer images.

        Raises
        ------
        InputError : no images.
        ParameterError : no such layer or unit.
        UnsupportedModelError : no gradients that can be read, or an operation that has no rule.
        """
        started = perf_counter()
        found, model, digest, seen = None, None, sha256(), 0
        for block in blocks(rows, self.batch_size):
            images = _images(block)
            model = model or self._answering(block, 0)
            maps = self._maps(model, images)
            found = found or Strongest(self._units(target, maps.shape[1]), maps.shape[2:], self.top)
            found.look(maps, next(iter(images.arrays.values())), seen)
            digest.update(images.fingerprint().encode())
            seen += len(images)
        if found is None or model is None:
            raise InputError("rows must hold at least one image, got none.")
        values, windows = self._project(found)
        receipt = self._receipt(model, found, seen, digest.hexdigest(), perf_counter() - started)
        return Projections(
            receipt,
            values=values,
            images=found.images,
            strengths=found.strengths,
            rows=found.rows,
            places=found.places,
            windows=windows,
            units=found.units,
        )

    def _answering(self, images: Any, unit: int) -> Model:
        """The model whose outputs are the places of a unit's map."""
        from pellucid.models.torch.trace import Site

        place: Any = Site(self.layer, unit=unit)
        return as_model(self.model.native if isinstance(self.model, Model) else self.model, rows=images, output=place)

    def _maps(self, model: Model, images: Tensors) -> NDArray[Any]:
        """(images, units, *places) what the layer gives."""
        (maps,) = model.inside.leaf(images, self.layer).values.values()
        return maps if maps.ndim >= 4 else np.moveaxis(maps, -1, 1)

    def _units(self, target: TargetSpec, count: int) -> NDArray[np.intp]:
        wanted = np.arange(count) if target is None else np.atleast_1d(np.asarray(target))
        fits = wanted.dtype.kind in "iu" and wanted.ndim == 1 and wanted.size
        if not fits or wanted.min() < 0 or wanted.max() >= count:
            raise ParameterError(
                f"target must be units of {self.layer!r}, whole numbers from 0 to {count - 1}, got {target!r}."
            )
        return wanted.astype(np.intp)

    def _project(self, found: Strongest) -> tuple[NDArray[np.float64], NDArray[np.intp]]:
        from pellucid.models.torch.rules import Reach, Rectified

        back, reach = Rectified("deconvnet", self.others), Reach()  # type: ignore[arg-type]
        values, windows = [], []
        for k, unit in enumerate(found.units):
            images = Tensors({"input": found.images[k]})
            leaf = self._answering(images.native, int(unit)).inside.leaf(images)
            target = Target(("activation",), int(np.prod(found.shape)), chosen=found.flat[k])
            ways = [
                at_rows(leaf, target, batch_size=self.batch_size, label=f"unit {unit}", progress=self.progress, rules=r)
                for r in (back, reach)
            ]
            projected, reached = (next(iter(way.gradients.values()))[..., 0] for way in ways)
            values.append(np.maximum(found.strengths[k], 0)[:, None, None, None] * projected)
            windows.append([_window(one) for one in reached])
        return np.stack(values), np.array(windows, dtype=np.intp)

    def _receipt(self, model: Model, found: Strongest, seen: int, digest: str, seconds: float) -> Receipt:
        names = [f"{self.layer}, unit {unit}" for unit in found.units]
        return Receipt(
            method=type(self).__name__,
            settings=self.settings,
            model=model.kind,
            model_fingerprint=model.fingerprint(Tensors({"input": found.images[0]})),
            target={"names": names, "outputs": len(names)},
            unit="activation",
            rows=seen,
            data_fingerprint=digest,
            completeness=NO_SHARES,
            evaluations=seen + 2 * found.rows.size,
            seconds=seconds,
            notes=model.notes(),
            versions=versions(*([model.library] if model.library else [])),
        )


def _images(block: Any) -> Tensors:
    images = Tensors.read(block, what="images")
    array = next(iter(images.arrays.values()))
    if len(images.arrays) > 1 or array.ndim != 4:
        raise InputError(f"images must be one array (images, channels, height, width), got {images.form}.")
    return images


def _window(reached: NDArray[np.floating]) -> tuple[int, int, int, int]:
    """The smallest rectangle around all pixels that the place sees; the whole image where it sees none."""
    seen = (reached != 0).any(axis=0)
    if not seen.any():
        return (0, 0, *seen.shape)
    down, across = np.flatnonzero(seen.any(axis=1)), np.flatnonzero(seen.any(axis=0))
    return int(down[0]), int(across[0]), int(down[-1]) + 1, int(across[-1]) + 1
