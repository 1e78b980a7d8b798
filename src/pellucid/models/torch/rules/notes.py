"""What is known of a tensor while rules are applied."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from torch import Tensor

from pellucid.models.torch.rules.calls import Call
from pellucid.models.torch.rules.vocabulary import AFFINE, ELEMENTWISE

__all__ = ["Linear", "Note", "Origin", "Spread", "Traced", "traced"]

#: evaluations of a hand-written activation at most; a longer one is taken apart
LONGEST = 64


@dataclass(eq=False)
class Traced:
    """A tensor that is a function of another, number by number, as hand-written activations are.

    Parameters
    ----------
    source : the other tensor.
    version : how often it had been written into.
    again : computes the function of a tensor in its place.
    cost : operations that takes.
    bent : whether it is more than scaled and shifted.
    """

    source: Tensor
    version: int
    again: Callable[[Tensor], Tensor]
    cost: int = 0
    bent: bool = False

    @classmethod
    def itself(cls, tensor: Tensor) -> Traced:
        return cls(tensor, tensor._version, lambda other: other)

    @property
    def holds(self) -> bool:
        return bool(self.source._version == self.version)


@dataclass(eq=False)
class Origin:
    """The leaf that a tensor's numbers are, moved about and perhaps scaled and shifted.

    Parameters
    ----------
    leaf : the tensor that is differentiated.
    again : does the same to another tensor of the leaf's shape.
    moved : the same without scaling and shifting.
    """

    leaf: Tensor
    again: Callable[[Tensor], Tensor]
    moved: Callable[[Tensor], Tensor]

    @classmethod
    def at(cls, leaf: Tensor) -> Origin:
        return cls(leaf, lambda other: other, lambda other: other)

    def after(self, call: Call, affine: bool) -> Origin:
        """The origin of what an operation gives of a tensor of this origin."""
        (place,) = call.live

        def again(leaf: Tensor) -> Tensor:
            return call.execute({place: self.again(leaf)})

        def moved(leaf: Tensor) -> Tensor:
            return call.execute({place: self.moved(leaf)})

        return Origin(self.leaf, again, self.moved if affine else moved)


@dataclass(eq=False)
class Linear:
    """A layer of weights that was called: ``apply(x, weight, bias)``.

    Parameters
    ----------
    input : what it was given.
    weight, bias : of the layer; a bias may be None.
    apply : computes the layer with other tensors; ``None`` for the bias leaves it out.
    layer : its name in the module, ``""`` where it has none.
    kind : the operation.
    origin : of its input.
    version : how often the input had been written into.
    """

    input: Tensor
    weight: Tensor
    bias: Tensor | None
    apply: Callable[[Tensor, Tensor, Tensor | None], Tensor]
    layer: str
    kind: str
    origin: Origin | None = None
    version: int = 0

    @property
    def holds(self) -> bool:
        """Whether the input has not been written into since."""
        return bool(self.input._version == self.version)


@dataclass(eq=False)
class Spread:
    """A tensor's difference from its reference as a sum of positive and of negative terms.

    Parameters
    ----------
    above, below : the two sums.
    through : of what is wanted of the positive and of the negative terms, a tensor with that gradient.
    layer : the layer that adds the terms up.
    """

    above: Tensor
    below: Tensor
    through: Callable[[Tensor, Tensor], Tensor]
    layer: Linear


@dataclass(eq=False)
class Note:
    """What is known of one tensor, as long as it is not written into.

    Parameters
    ----------
    version : how often it had been written into.
    reference : what the network computes in its place for the reference.
    traced : the tensor it is a function of.
    origin : the leaf whose numbers it holds.
    layer : name of the layer whose weights it holds.
    linear : the layer that gave it.
    varies : whether it has no gradient and yet changes with the input.
    spread : its difference from the reference in positive and negative terms.
    """

    version: int
    reference: Tensor | None = None
    traced: Traced | None = None
    origin: Origin | None = None
    layer: str | None = None
    linear: Linear | None = None
    spread: Spread | None = None
    varies: bool = False

    @property
    def is_worth_keeping(self) -> bool:
        return self.varies or any(part is not None for part in (self.reference, self.traced, self.layer))


def traced(call: Call, found: dict[int, Traced], output: Tensor) -> Traced | None:
    """The output as a function of one tensor, number by number, or None.

    Parameters
    ----------
    found : place → the tensor there as such a function; constants are left out.
    """
    if call.name not in ELEMENTWISE or call.inplace or call.layers or not found:
        return None
    first, *others = found.values()
    cost = 1 + sum(each.cost for each in found.values())
    same = all(each.source is first.source for each in others)
    if not same or output.shape != first.source.shape or cost > LONGEST:
        return None

    def again(source: Tensor) -> Tensor:
        return call.execute({place: each.again(source) for place, each in found.items()})

    multiplied = len(found) > 1 and call.name not in ("add", "sub", "rsub")
    bent = call.name not in AFFINE or multiplied or any(each.bent for each in found.values())
    return Traced(first.source, first.version, again, cost, bent)
