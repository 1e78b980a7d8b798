"""The frame around every method that looks inside a network: the place, the target, the receipt."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Mapping
from typing import Any

from pellucid.core.attribution import Attribution
from pellucid.core.inputs import Inputs
from pellucid.core.method import Computed, Method, attribute
from pellucid.core.model import Model
from pellucid.core.network import Leaf
from pellucid.core.params import Constraint, Either, Flag, Nothing, Whole
from pellucid.core.receipt import Completeness
from pellucid.core.target import Target, TargetSpec
from pellucid.models import as_model

__all__ = ["FLOAT32", "NO_SHARES", "PACE", "NetworkMethod", "off_by"]

#: gap that sums in float32 through a deep network may leave, as a part of the largest number summed
FLOAT32 = 1e-3
NO_SHARES = Completeness("not promised", reason="a slope is no share of the output")
#: settings of every such method
PACE: Mapping[str, Constraint] = {"batch_size": Whole(1), "progress": Either(Nothing(), Flag())}


def off_by(gap: float, rows: int, *, of: str) -> Completeness:
    """Not promised, with what base + Σ values came to all the same."""
    return Completeness("not promised", gap, rows=rows, reason=f"{of}; base + Σ values is off by {gap:.2g}")


class NetworkMethod(Method):
    """Base of the methods that look inside a network.

    A subclass stores ``model`` and its settings, among them ``batch_size`` and ``progress``, and gives the arithmetic
    in :meth:`compute`.
    """

    model: Any
    batch_size: int
    progress: bool | None

    def explain(self, rows: Any, target: TargetSpec = None, *, tap: Any = None) -> Attribution:
        """Values of what the network is given, or of what a module in it gives.

        Parameters
        ----------
        rows : what the network takes: an array or tensor whose first axis is rows, a frame of numbers, token ids, or
            several of them in a tuple or mapping.
        target : which outputs, or any function of them on tensors; None is the predicted one of each row.
        tap : path of a module, or a ``Site`` of ``pellucid.models.torch.trace``, to explain what it gives; None is the
            inputs, of tokens their embeddings.

        Returns
        -------
        Attribution with values (rows, *shape, targets) in the model's unit.

        Raises
        ------
        InputError, ParameterError : rows, target, tap or baseline that do not fit the network.
        UnsupportedModelError : the model has no gradients that can be read, or an operation that no rule covers.
        ModelFailedError : the network raised, or a number in it is not finite.
        """
        model = as_model(self.model, rows=rows)
        network = model.inside
        spec: TargetSpec = "predicted" if target is None and model.n_outputs > 1 else target

        def work(inputs: Inputs, resolved: Target) -> Computed:
            return self.compute(network.leaf(inputs, tap), resolved, model)

        seed = getattr(self, "seed", None)
        return attribute(
            self, model, rows, spec, work, check="sample", relative=FLOAT32, background=self.absent(model), seed=seed
        )

    @abstractmethod
    def compute(self, leaf: Leaf, target: Target, model: Model) -> Computed:
        """The values of the leaf's rows."""

    def absent(self, model: Model) -> Mapping[str, object] | None:
        """What the receipt keeps of what rows are compared with."""
        return None
