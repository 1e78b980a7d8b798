"""What is known during a pass through a network under rules."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.utils.weak import WeakIdKeyDictionary

from pellucid.core.errors import ParameterError
from pellucid.models.torch.rules.ancestry import depends_on_inputs
from pellucid.models.torch.rules.calls import Call
from pellucid.models.torch.rules.notes import Note, Origin, Traced

__all__ = ["Run"]


class Run:
    """What a block under rules knows of its tensors.

    Parameters
    ----------
    module : the module that the block calls.
    refers : whether what the network computes for a reference is followed too.
    """

    def __init__(self, module: nn.Module, refers: bool) -> None:
        self.refers = refers
        #: leaf, and a further tensor of its shape whose own relevance counts as the leaf's
        self.extras: list[tuple[Tensor, Tensor]] = []
        #: whether a layer of weights has read an input itself
        self.first = False
        self._names = {id(p): _layer(name) for part in _weights(module) for name, p in part}
        self._notes: Any = WeakIdKeyDictionary()

    def refer(self, leaf: Tensor, reference: Tensor) -> None:
        """Say what stands in a leaf's place for the reference, before anything is done with the leaf in the block.

        Unsaid, the first half of a leaf's rows refers to the second, and the second to the first.

        Raises
        ------
        ParameterError : the shapes differ.
        """
        if leaf.shape != reference.shape:
            raise ParameterError(
                f"a reference must have the shape of its input, {tuple(leaf.shape)}, got {tuple(reference.shape)}."
            )
        self._notes[leaf] = Note(leaf._version, reference.detach().to(leaf.dtype), origin=Origin.at(leaf))

    def reference(self, tensor: Tensor) -> Tensor:
        """What the network computes in a tensor's place for the reference; the tensor where that is the same."""
        note = self._notes.get(tensor)
        return tensor.detach() if note is None or note.reference is None else note.reference

    def relevance(self, score: Tensor, leaves: Sequence[Tensor]) -> list[Tensor]:
        """Input times gradient of a scalar for each leaf, with what counts as the leaf's added."""
        found = torch.autograd.grad(score, list(leaves), allow_unused=True, retain_graph=True)
        parts = []
        for leaf, gradient in zip(leaves, found, strict=True):
            own = torch.zeros_like(leaf) if gradient is None else leaf.detach() * gradient
            beside = self.beside(score, leaf)
            parts.append(own if beside is None else own + beside)
        return parts

    def beside(self, score: Tensor, leaf: Tensor) -> Tensor | None:
        """Relevance that a leaf has through the leaves that rules have put beside it, or None where they have none."""
        extras = [extra for of, extra in self.extras if of is leaf]
        if not extras or not score.requires_grad:
            return None
        found = torch.autograd.grad(score, extras, allow_unused=True, retain_graph=True)
        zero = torch.zeros_like(leaf)
        return sum((e.detach() * g for e, g in zip(extras, found, strict=True) if g is not None), zero)

    def forget(self) -> None:
        """Let go of all tensors but the extra leaves."""
        self._notes.clear()

    def note(self, tensor: Tensor) -> Note | None:
        """What is known of a tensor and still holds."""
        found: Note | None = self._notes.get(tensor)
        if found is not None and found.version != tensor._version:
            found.traced = found.origin = found.linear = found.spread = None
            found.version = tensor._version
        return found

    def write(self, tensor: Tensor, note: Note) -> None:
        self._notes[tensor] = note

    def layer(self, tensor: Tensor) -> str | None:
        """The layer whose weights a tensor holds."""
        note = self._notes.get(tensor)
        return self._names.get(id(tensor), None if note is None else note.layer)

    def is_live(self, tensor: Tensor) -> bool:
        """Whether a tensor depends on what is differentiated, weights being constants."""
        if not tensor.requires_grad or id(tensor) in self._names or isinstance(tensor, nn.Parameter):
            return False
        if self.note(tensor) is None:
            return self._meet(tensor)
        return True

    def traces(self, call: Call) -> dict[int, Traced]:
        """Place → its tensor as a function of another, number by number; for live tensors, itself at least.

        Nothing where a tensor takes part that changes with the input and is no such function.
        """
        found = {}
        for place in call.tensors:
            note = self.note(call.given[place])
            if note is not None and note.traced is not None and note.traced.holds:
                found[place] = note.traced
            elif place in call.live:
                found[place] = Traced.itself(call.given[place])
            elif note is not None and (note.varies or note.reference is not None):
                return {}
        return found

    def references(self, call: Call) -> dict[int, Tensor]:
        """Place → what stands there for the reference, where that is known."""
        if not self.refers:
            return {}
        if call.inplace and any(self._referred(call.given[place]) is not None for place in call.tensors):
            self._refer_target(call.given[0])
        found = {place: self._referred(call.given[place]) for place in call.tensors}
        return {place: reference for place, reference in found.items() if reference is not None}

    def _referred(self, tensor: Tensor) -> Tensor | None:
        note = self._notes.get(tensor)
        return None if note is None else note.reference

    def _refer_target(self, target: Tensor) -> None:
        """Give a tensor that is written into a reference to write into, the same part of its base's."""
        if self._referred(target) is not None:
            return
        base = target._base
        if base is None:
            self.write(target, Note(target._version, target.detach().clone()))
            return
        if self._referred(base) is None:
            self.write(base, Note(base._version, base.detach().clone()))
        self.write(target, Note(target._version, self._part(target, base)))

    def _part(self, view: Tensor, base: Tensor) -> Tensor | None:
        reference = self._referred(base)
        if reference is None:
            return None
        return reference.as_strided(view.size(), view.stride(), view.storage_offset() - base.storage_offset())

    def _meet(self, tensor: Tensor) -> bool:
        """Look at a tensor that no operation under the rules gave."""
        base = tensor._base
        if base is not None and self._notes.get(base) is not None:
            self.write(tensor, Note(tensor._version, self._part(tensor, base)))
            return True
        if not depends_on_inputs(tensor, set(self._names)):
            return False
        reference = _other_half(tensor) if self.refers else None
        self.write(tensor, Note(tensor._version, reference, origin=Origin.at(tensor)))
        return True


def _other_half(leaf: Tensor) -> Tensor:
    if leaf.ndim == 0 or len(leaf) % 2:
        raise ParameterError(
            f"rows and references must follow each other along the first axis, got shape {tuple(leaf.shape)}; give as "
            "many references as rows."
        )
    return leaf.detach().roll(len(leaf) // 2, 0)


def _weights(module: nn.Module) -> Iterable[Iterable[tuple[str, Tensor]]]:
    # parameters last: a name of theirs goes before a buffer's
    return module.named_buffers(remove_duplicate=False), module.named_parameters(remove_duplicate=False)


def _layer(name: str) -> str:
    """The layer a parameter belongs to, also where it is computed from others by a parametrisation."""
    return name.partition(".parametrizations.")[0] if ".parametrizations." in name else name.rpartition(".")[0]
