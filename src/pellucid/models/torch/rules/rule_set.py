"""What a rule set is: one answer for each family of operations."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import torch
from torch import Tensor, nn

from pellucid.models.torch.rules.calls import Call, Values
from pellucid.models.torch.rules.mode import RuleMode
from pellucid.models.torch.rules.notes import Linear, Spread
from pellucid.models.torch.rules.run import Run
from pellucid.models.torch.rules.supported import check_module

__all__ = ["RuleSet"]


class RuleSet:
    """Replaces the gradient of every operation that a network calls, never its value.

    Each method is asked for one family of operations and gives a tensor of the operation's shape whose gradient torch
    then takes in its place, or None for the operation's own gradient, which is what a rule set does unless it says
    otherwise.
    """

    #: what errors call it
    title = "the rule set"
    #: whether rules look at what the network computes for a reference
    needs_reference = False
    #: whether normalisation and attention are taken apart into simpler operations
    takes_apart = False
    #: families whose operations may be seen as the end of a hand-written activation
    joins = frozenset({"unary", "linear", "product", "quotient", "extremum"})

    @contextmanager
    def applied(self, module: nn.Module) -> Iterator[Run]:
        """Apply the rules to every operation in the block; nothing is left on the module.

        Parameters
        ----------
        module : the module that the block calls; its parameters are constants, its layers have names.

        Raises
        ------
        UnsupportedModelError : at once for compiled and TorchScript modules; in the block where an operation between
            what requires a gradient and the output has no rule.
        """
        check_module(module)
        self.check(module)
        run = Run(module, self.needs_reference)
        try:
            with torch.enable_grad(), RuleMode(self, run):
                yield run
            self.finish(run)
        finally:
            run.forget()

    def check(self, module: nn.Module) -> None:
        """Refuse settings that do not fit the module."""

    def finish(self, run: Run) -> None:
        """Refuse settings that the pass made no use of."""

    def linear(self, call: Call, layer: Linear | None, run: Run) -> Tensor | None:
        """A sum of its live inputs with fixed weights; ``layer`` where they are weights of a layer."""
        return None

    def unary(self, x: Tensor, function: Callable[[Tensor], Tensor], y: Values, name: str, run: Run) -> Tensor | None:
        """A function of one tensor, number by number; ``y`` is what it gives."""
        return None

    def product(self, call: Call, first: tuple[int, ...], second: tuple[int, ...], run: Run) -> Tensor | None:
        """A sum of products of two live factors, which stand in these places."""
        return None

    def quotient(self, call: Call, run: Run) -> Tensor | None:
        """A live numerator over a live denominator."""
        return None

    def softmax(self, call: Call, run: Run) -> Tensor | None:
        """softmax, its logarithm, or the logarithm of its denominator."""
        return None

    def extremum(self, call: Call, run: Run) -> Tensor | None:
        """The largest or smallest along axes, or of two tensors."""
        return None

    def pool(self, call: Call, run: Run) -> Tensor | None:
        """Max-pooling."""
        return None

    def order(self, call: Call, run: Run) -> Tensor | None:
        """Sorting, and values of a rank."""
        return None

    def spread(self, call: Call, layer: Linear | None, run: Run) -> Spread | None:
        """What a sum's result is to be known by besides: its positive and negative terms."""
        return None

    def answer(self, call: Call, kind: str, layer: Linear | None, run: Run) -> Any:
        """Ask the method of the family."""
        if kind == "linear":
            return self.linear(call, layer, run)
        if kind == "unary":
            inverse = call.name == "pow" and _is_negative(call.argument(1, "exponent"))
            return self.unary(call.inputs[0], call.evaluate, call.values, "rsqrt" if inverse else call.name, run)
        if kind == "product":
            from pellucid.models.torch.rules.vocabulary import factors

            first, second, _ = factors(call)
            live = set(call.live)
            return self.product(call, tuple(live & set(first)), tuple(live & set(second)), run)
        return getattr(self, kind)(call, run)


def _is_negative(exponent: Any) -> bool:
    return isinstance(exponent, int | float) and exponent < 0
