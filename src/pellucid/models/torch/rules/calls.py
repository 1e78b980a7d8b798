"""One call of an operation, which can be evaluated again with other tensors in the same places."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, NamedTuple

import torch
from torch import Tensor
from torch.utils._pytree import TreeSpec, tree_flatten, tree_unflatten

from pellucid.models.torch.rules.spelling import spelled

__all__ = ["Call", "Values", "floats", "with_values"]


class Values(NamedTuple):
    """What an operation gives for the rows and for the reference."""

    here: Tensor
    there: Tensor


@dataclass(eq=False)
class Call:
    """A function of torch with its arguments, flattened into places.

    Parameters
    ----------
    func : what the module calls.
    name : its one name.
    inplace : whether it writes into the tensor in its first place.
    given : what stands in each place; tensors, numbers, anything.
    spec : how places become arguments again.
    owners : place → the argument it belongs to, a number for positional ones, else a name.
    live : places of tensors that depend on what is differentiated.
    layers : place → name of the layer whose weights stand there.
    reference : what it gives for the reference, where there is one.
    """

    func: Callable[..., Any]
    name: str
    inplace: bool
    given: list[Any]
    spec: TreeSpec
    owners: list[int | str]
    live: tuple[int, ...] = ()
    layers: dict[int, str] = field(default_factory=dict)
    reference: Any = None

    @classmethod
    def of(cls, func: Callable[..., Any], args: Sequence[Any], kwargs: Mapping[str, Any]) -> Call:
        name, inplace = spelled(func)
        kwargs = dict(kwargs)
        if kwargs.get("inplace"):
            inplace = True
            kwargs["inplace"] = False
        given, spec = tree_flatten((tuple(args), kwargs))
        owners: list[int | str] = []
        pairs: list[tuple[int | str, Any]] = [*enumerate(args), *kwargs.items()]
        for key, value in pairs:
            owners += [key] * len(tree_flatten(value)[0])
        return cls(func, name, inplace, given, spec, owners)

    @cached_property
    def tensors(self) -> tuple[int, ...]:
        """Places that hold tensors."""
        return tuple(k for k, value in enumerate(self.given) if isinstance(value, Tensor))

    def all(self) -> list[Tensor]:
        """The tensors of all places."""
        return [self.given[k] for k in self.tensors]

    @cached_property
    def inputs(self) -> list[Tensor]:
        """The live tensors, in the order of their places."""
        return [self.given[k] for k in self.live]

    def places(self, position: int, *names: str) -> tuple[int, ...]:
        """Places of the tensors of an argument."""
        return tuple(k for k in self.tensors if self.owners[k] == position or self.owners[k] in names)

    def argument(self, position: int, name: str, default: Any = None) -> Any:
        """An argument by position or name."""
        args, kwargs = tree_unflatten(self.given, self.spec)
        return args[position] if len(args) > position else kwargs.get(name, default)

    def arguments(self, others: Mapping[int, Any] | None = None) -> tuple[tuple[Any, ...], dict[str, Any]]:
        """The arguments with other values in some places; what would be written into is a copy."""
        given = list(self.given)
        for place, value in (others or {}).items():
            given[place] = value
        if self._writes:
            given[0] = given[0].clone()
        args, kwargs = tree_unflatten(given, self.spec)
        return args, kwargs

    def execute(self, others: Mapping[int, Any] | None = None) -> Any:
        """What the operation gives with other values in some places; nothing is written into."""
        args, kwargs = self.arguments(others)
        output = self.func(*args, **kwargs)
        return args[0] if self._writes else output

    def evaluate(self, *inputs: Tensor) -> Any:
        """What the operation gives with other tensors in its live places."""
        return self.execute(dict(zip(self.live, inputs, strict=True)))

    def native(self) -> Any:
        """What the operation gives, with torch's own gradient; writes where the module writes."""
        if self._writes:
            args, kwargs = tree_unflatten(self.given, self.spec)
            return self.func(*args, **kwargs)
        return self.given[0].copy_(self.execute()) if self.inplace else self.execute()

    @cached_property
    def value(self) -> Any:
        """What the operation gives, without a gradient."""
        with torch.no_grad():
            return self.execute()

    @property
    def values(self) -> Values:
        """What the operation gives for the rows and for the reference."""
        return Values(self.value, self.value if self.reference is None else self.reference)

    @property
    def _writes(self) -> bool:
        # functions that take inplace= have been told not to write
        return self.inplace and "inplace" not in self.owners


def floats(output: Any) -> list[Tensor]:
    """The tensors of an output that can have a gradient."""
    return [t for t in tree_flatten(output)[0] if isinstance(t, Tensor) and (t.is_floating_point() or t.is_complex())]


def with_values(output: Any, change: Callable[[Tensor, int], Tensor]) -> Any:
    """The same output around other floating tensors; ``change`` gets each and its number."""
    given, spec = tree_flatten(output)
    number = 0
    for k, value in enumerate(given):
        if isinstance(value, Tensor) and value.is_floating_point():
            given[k] = change(value, number)
            number += 1
    return tree_unflatten(given, spec)
