"""The place a torch network is differentiated at: its inputs, the embeddings of its tokens, or a layer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from pellucid.core.errors import InputError, ModelFailedError
from pellucid.core.inputs import Inputs
from pellucid.core.network import Attended, Pulled
from pellucid.core.target import Target
from pellucid.core.tensors import Points, Tensors
from pellucid.models.torch.attending import Attending, gradients
from pellucid.models.torch.calling import Calling, as_array, undisturbed
from pellucid.models.torch.finite import blame
from pellucid.models.torch.reading import as_tensors
from pellucid.models.torch.selecting import selected
from pellucid.models.torch.trace import Site, as_site, intervene

__all__ = ["TorchLeaf"]

#: rows read at a time where a layer's answers are collected
READ = 64


@dataclass(frozen=True, eq=False)
class TorchLeaf:
    """See :class:`pellucid.core.network.Leaf`.

    Parameters
    ----------
    calling : the module.
    inputs : what it is given for the rows.
    shown : the rows as the caller passed them.
    sites : part → the place in the network that points of this part stand at; parts without one are inputs.
    parts : inputs that points stand in for.
    moved : inputs that a baseline takes the place of.
    folded : parts whose last axis is an embedding, to be added up.
    """

    calling: Calling
    inputs: Tensors
    shown: Inputs
    parts: tuple[str, ...]
    moved: tuple[str, ...]
    sites: Mapping[str, Site]
    folded: bool = False

    @cached_property
    def values(self) -> Points:
        return self.of(self.inputs)

    def of(self, inputs: Inputs) -> Points:
        given = as_tensors(inputs)
        found: dict[str, NDArray[Any]] = {name: given.arrays[name] for name in self.parts}
        if not self.sites:
            return found
        blocks = [self._read(given.rows(slice(k, k + READ))) for k in range(0, len(given), READ)]
        return found | {name: np.concatenate([block[name] for block in blocks]) for name in self.sites}

    def outputs(self, index: NDArray[np.intp], points: Points, target: Target | None = None) -> NDArray[np.float64]:
        with undisturbed(self.calling.module), torch.no_grad():
            leaves = {name: self.calling.tensor(array) for name, array in points.items()}
            answer = self._run(self._others(index), leaves)
            answer = answer if target is None else selected(answer, target, index)
        return as_array(answer).astype(np.float64)

    def pull(
        self,
        index: NDArray[np.intp],
        points: Points,
        target: Target,
        *,
        at: Any = None,
        rules: Any = None,
        reference: Points | None = None,
    ) -> Pulled:
        sites = () if at is None else (as_site(at),)
        with undisturbed(self.calling.module):
            leaves = {name: self.calling.tensor(array).requires_grad_() for name, array in points.items()}
            with ExitStack() as stack:
                ruled = None if rules is None else stack.enter_context(rules.applied(self.calling.module))
                if ruled is not None and reference is not None:
                    for name, array in reference.items():
                        ruled.refer(leaves[name], self.calling.tensor(array))
                run = stack.enter_context(intervene(self.calling.module, read=sites))
                outputs = selected(self._run(self._others(index), leaves), target, index)
                base = None if ruled is None or reference is None else ruled.reference(outputs)
            places = {str(site): run[site] for site in sites} or leaves
            gradients = _gradients(outputs, places, again=ruled is not None)
            beside = {} if ruled is None else _beside(ruled, outputs, leaves)
        pulled = replace(
            _stacked(outputs, places, gradients),
            values={str(site): as_array(run[site]) for site in sites},
            base=None if base is None else as_array(base).astype(np.float64),
            beside=beside,
        )
        self._check(pulled, index, points)
        return pulled

    def stand(self, index: NDArray[np.intp], target: Target) -> tuple[Points, Pulled]:
        given = self.inputs.rows(index)
        if self.parts:
            points = self.of(given)
            return points, self.pull(index, points, target)
        leaves: dict[str, Tensor] = {}

        def cut(name: str) -> Any:
            def take(old: Tensor, _context: Any) -> Tensor:
                # what comes before needs no graph
                torch.set_grad_enabled(True)
                leaves[name] = old.detach().clone().requires_grad_()
                return leaves[name].clone()

            return take

        edits = {site: cut(name) for name, site in self.sites.items()}
        with undisturbed(self.calling.module), torch.no_grad(), intervene(self.calling.module, edit=edits):
            arrays = {name: self.calling.tensor(array).clone() for name, array in given.arrays.items()}
            outputs = selected(self.calling(arrays, self.inputs.call), target, index)
            gradients = _gradients(outputs, leaves)
        points = {name: self._per_row(leaf, self.sites[name], len(given)) for name, leaf in leaves.items()}
        pulled = _stacked(outputs, leaves, gradients)
        self._check(pulled, index, points)
        return points, pulled

    def attention(self, index: NDArray[np.intp], target: Target) -> Sequence[Attended]:
        rules = Attending(len(index))
        with undisturbed(self.calling.module):
            leaves = {name: self.calling.tensor(array[index]).requires_grad_() for name, array in self.values.items()}
            with rules.applied(self.calling.module):
                outputs = selected(self._run(self._others(index), leaves), target, index)
            pulls = [gradients(outputs[:, k], rules.kept) for k in range(outputs.shape[1])] if rules.kept else []
        return [
            Attended(as_array(weights), np.stack([as_array(pull[k]) for pull in pulls], axis=-1))
            for k, weights in enumerate(rules.kept)
        ]

    def fold(self, values: Points) -> tuple[NDArray[np.float64], Inputs]:
        arrays = {name: np.asarray(array, dtype=np.float64) for name, array in values.items()}
        if self.folded:
            arrays = {name: array.sum(axis=-2) for name, array in arrays.items()}
        if len(arrays) == 1:
            ((name, only),) = arrays.items()
            return only, self._shown(name)
        flat = [array.reshape(len(array), -1, array.shape[-1]) for array in arrays.values()]
        return np.concatenate(flat, axis=1), Tensors({name: self._data(name) for name in arrays}, "names")

    def _shown(self, name: str) -> Inputs:
        own = name in self.parts and not isinstance(self.shown, Tensors)
        return self.shown if own else Tensors({name: self._data(name)})

    def _data(self, name: str) -> NDArray[Any]:
        """What a part's values speak of: the tokens of embeddings, otherwise what stands there."""
        return self.inputs.arrays[name] if self.folded or name not in self.sites else self.values[name]

    def _others(self, index: NDArray[np.intp]) -> dict[str, Tensor | None]:
        """The inputs that points do not stand in for, of the row that each point belongs to."""
        return {
            name: None if name in self.parts else self.calling.tensor(array[index])
            for name, array in self.inputs.arrays.items()
        }

    def _run(self, others: Mapping[str, Tensor | None], leaves: Mapping[str, Tensor]) -> Tensor:
        # copies: a network may write into what it is given
        standing = {name: leaf.clone() for name, leaf in leaves.items()}
        arrays = {name: standing[name] if other is None else other for name, other in others.items()}

        def put(name: str) -> Any:
            return lambda old, _context: standing[name].to(old.dtype).expand_as(old)

        with intervene(self.calling.module, edit={site: put(name) for name, site in self.sites.items()}):
            return self.calling(arrays, self.inputs.call)

    def _read(self, given: Tensors) -> dict[str, NDArray[Any]]:
        sites = list(self.sites.values())
        with (
            undisturbed(self.calling.module),
            torch.no_grad(),
            intervene(self.calling.module, read=sites) as run,
        ):
            self.calling({name: self.calling.tensor(array) for name, array in given.arrays.items()}, given.call)
        return {name: self._per_row(run[site], site, len(given)) for name, site in self.sites.items()}

    def _per_row(self, tensor: Tensor, site: Site, rows: int) -> NDArray[Any]:
        if len(tensor) != rows:
            raise ModelFailedError(f"{site} gives shape {tuple(tensor.shape)} for {rows} rows, and no line a row.")
        return as_array(tensor)

    def _check(self, pulled: Pulled, index: NDArray[np.intp], points: Points) -> None:
        finite = np.isfinite(pulled.outputs).all() and all(np.isfinite(g).all() for g in pulled.gradients.values())
        if not finite:
            for array in points.values():
                if not np.isfinite(array).all():
                    row = int(index[np.argwhere(~np.isfinite(array))[0][0]])
                    raise InputError(
                        f"row {row} holds a number that is not finite, or none; fill it in or leave it out."
                    )
            others = self._others(index)
            leaves = {name: self.calling.tensor(array) for name, array in points.items()}
            raise ModelFailedError(blame(self.calling.module, lambda: self._run(others, leaves)))


def _stacked(outputs: Tensor, parts: Iterable[str], gradients: Sequence[tuple[Tensor, ...]]) -> Pulled:
    """Gradients of each target and part, the targets along the last axis."""
    found = {}
    for k, name in enumerate(parts):
        each = [as_array(target[k]) for target in gradients]
        found[name] = each[0][..., np.newaxis] if len(each) == 1 else np.stack(each, axis=-1)
    return Pulled(as_array(outputs).astype(np.float64), found)


def _gradients(outputs: Tensor, places: Mapping[str, Tensor], *, again: bool = False) -> list[tuple[Tensor, ...]]:
    """Of each target at each place, zero where it does not depend on it; the graph is let go of unless asked again."""
    there, found = list(places.values()), []
    for k in range(outputs.shape[1]):
        if not outputs.requires_grad:
            found.append(tuple(torch.zeros_like(place) for place in there))
            continue
        kept = again or k + 1 < outputs.shape[1]
        slopes = torch.autograd.grad(outputs[:, k].sum(), there, retain_graph=kept, allow_unused=True)
        pairs = zip(slopes, there, strict=True)
        found.append(tuple(torch.zeros_like(place) if slope is None else slope for slope, place in pairs))
    return found


def _beside(ruled: Any, outputs: Tensor, leaves: Mapping[str, Tensor]) -> dict[str, NDArray[Any]]:
    """What rules give each leaf besides its value times gradient; (points, *shape, targets)."""
    columns = [outputs[:, k].sum() for k in range(outputs.shape[1])]
    found = {name: [ruled.beside(column, leaf) for column in columns] for name, leaf in leaves.items()}
    return {name: np.stack([as_array(t) for t in each], axis=-1) for name, each in found.items() if each[0] is not None}
