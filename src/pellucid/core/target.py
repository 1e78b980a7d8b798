"""Which output of a model is being explained."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from pellucid.core.errors import ParameterError

__all__ = ["Target", "TargetSpec", "rebuild_target", "resolve_target"]

OutputRef = int | str
#: what a caller may write: nothing, an output, a list, a contrast, one output a row, "predicted", a function
TargetSpec = (
    None | OutputRef | Sequence[OutputRef] | tuple[OutputRef, OutputRef] | NDArray[np.int_] | Callable[..., object]
)


@dataclass(frozen=True, eq=False)
class Target:
    """A resolved target: how to get from the model's outputs to the columns being explained.

    Exactly one of ``mix`` (the same linear combination of outputs for every row), ``chosen`` (one output a row)
    and ``function`` (any function of the outputs) is set.

    Parameters
    ----------
    names : names of the explained columns, one for each target.
    mix : (outputs, targets) linear combination.
    chosen : (rows,) output number for each row.
    function : maps (n, outputs) to (n,) or (n, 1).
    outputs : number of outputs of the model.
    """

    names: tuple[str, ...]
    outputs: int
    mix: NDArray[np.float64] | None = None
    chosen: NDArray[np.int64] | None = None
    function: Callable[..., object] | None = None

    @property
    def linear(self) -> bool:
        """Whether attributions of the outputs can be combined into attributions of the target."""
        return self.function is None

    def select(self, outputs: NDArray[np.float64], rows: NDArray[np.intp] | None = None) -> NDArray[np.float64]:
        """Apply to an array whose first axis is rows and whose last axis is the model's outputs.

        Parameters
        ----------
        outputs : (n, ..., outputs).
        rows : (n,) which explained row each entry belongs to; None when entry i is row i.

        Returns
        -------
        (n, ..., targets)
        """
        if self.mix is not None:
            return _combine(outputs, self.mix)
        if self.chosen is not None:
            chosen = self.chosen if rows is None else self.chosen[rows]
            index = chosen.reshape((-1,) + (1,) * (outputs.ndim - 1))
            return np.take_along_axis(outputs, index, axis=-1)
        return self._apply(outputs)

    def rows(self, index: NDArray[np.intp] | slice) -> Target:
        """The same target for some of the rows."""
        if self.chosen is None:
            return self
        return Target(self.names, self.outputs, chosen=self.chosen[index])

    def describe(self) -> dict[str, object]:
        """What the receipt keeps, as plain JSON values, enough to rebuild all but a function."""
        described: dict[str, object] = {"names": list(self.names), "outputs": self.outputs}
        if self.mix is not None:
            described["mix"] = self.mix.tolist()
        elif self.chosen is not None:
            described["chosen"] = self.chosen.tolist()
        else:
            described["function"] = getattr(self.function, "__qualname__", repr(self.function))
        return described

    def _apply(self, outputs: NDArray[np.float64]) -> NDArray[np.float64]:
        if self.function is None:
            raise ParameterError("target: this saved explanation used a function, which is not saved; pass it again.")
        result = np.asarray(self.function(outputs), dtype=np.float64)
        if result.ndim == outputs.ndim - 1:
            result = result[..., np.newaxis]
        if result.ndim != outputs.ndim or result.shape[:-1] != outputs.shape[:-1]:
            raise ParameterError(
                f"target: the function must return one number, or one row of numbers, for each row of outputs; "
                f"it got shape {outputs.shape} and returned {result.shape}."
            )
        if result.shape[-1] != len(self.names):
            raise ParameterError(
                f"target: {self.names[0]} gave {result.shape[-1]} numbers for each row where one is explained; "
                f"pass one function for each."
            )
        return result


def rebuild_target(described: dict[str, object]) -> Target:
    """The inverse of :meth:`Target.describe`; a function comes back as None and says so when used."""
    names = tuple(str(name) for name in _as_list(described["names"]))
    outputs = int(str(described["outputs"]))
    if "mix" in described:
        return Target(names, outputs, mix=np.asarray(described["mix"], dtype=np.float64))
    if "chosen" in described:
        return Target(names, outputs, chosen=np.asarray(described["chosen"], dtype=np.int64))
    return Target(names, outputs)


def resolve_target(
    spec: TargetSpec,
    output_names: Sequence[str],
    *,
    n_rows: int,
    predictions: Callable[[], NDArray[np.float64]] | None = None,
) -> Target:
    """Turn what the caller wrote into a :class:`Target`.

    ``None`` is every output; an int or a name is one output; a list is several; a pair ``(a, b)`` of a tuple is the
    contrast ``a − b``; an integer array is one output for each row; ``"predicted"`` is each row's largest output; a
    function maps outputs to what is explained.

    Parameters
    ----------
    spec : as above.
    output_names : names of the model's outputs.
    n_rows : number of rows explained.
    predictions : gives the (rows, outputs) predictions, called for ``"predicted"`` only.

    Raises
    ------
    ParameterError : no such output, or a per-row array of the wrong length.
    """
    names = tuple(output_names)
    if spec is None:
        return Target(names, len(names), mix=_every_output(len(names)))
    if callable(spec):
        return Target((getattr(spec, "__name__", "function"),), len(names), function=spec)
    if isinstance(spec, str) and spec == "predicted" and "predicted" not in names:
        if predictions is None:
            raise ParameterError("target: 'predicted' needs the model's predictions; name an output instead.")
        return Target(("predicted",), len(names), chosen=np.argmax(predictions(), axis=-1).astype(np.int64))
    if isinstance(spec, np.ndarray):
        return _per_row(spec, names, n_rows)
    if isinstance(spec, tuple):
        return _contrast(spec, names)
    if isinstance(spec, str | int | np.integer):
        spec = [spec]
    if not isinstance(spec, Sequence) or not spec:
        raise ParameterError(
            f"target must be None, an output's name or number, a list of those, a pair (a, b) for a − b, an integer "
            f"array with one output a row, 'predicted' or a function, got {spec!r}."
        )
    index = [_output(reference, names) for reference in spec]
    return Target(tuple(names[i] for i in index), len(names), mix=np.eye(len(names))[:, index])


def _per_row(spec: NDArray[np.int_], names: tuple[str, ...], n_rows: int) -> Target:
    if spec.shape != (n_rows,) or not np.issubdtype(spec.dtype, np.integer):
        raise ParameterError(
            f"target: an array must hold one whole number for each of the {n_rows} rows, "
            f"got shape {spec.shape} of {spec.dtype}."
        )
    if n_rows and (spec.min() < 0 or spec.max() >= len(names)):
        raise ParameterError(f"target: outputs are numbered 0 to {len(names) - 1}, got {spec.min()} to {spec.max()}.")
    return Target(("chosen",), len(names), chosen=spec.astype(np.int64))


def _contrast(spec: tuple[OutputRef, ...], names: tuple[str, ...]) -> Target:
    if len(spec) != 2:
        raise ParameterError(f"target: a contrast is a pair (a, b), got {len(spec)} outputs; use a list for several.")
    first, second = (_output(reference, names) for reference in spec)
    if first == second:
        raise ParameterError(f"target: a contrast needs two different outputs, got {names[first]!r} twice.")
    mix = np.zeros((len(names), 1))
    mix[first], mix[second] = 1.0, -1.0
    return Target((f"{names[first]} − {names[second]}",), len(names), mix=mix)


def _output(reference: OutputRef, names: tuple[str, ...]) -> int:
    if isinstance(reference, str) and reference in names:
        return names.index(reference)
    if isinstance(reference, int | np.integer) and -len(names) <= int(reference) < len(names):
        return int(reference) % len(names)
    shown = ", ".join(repr(name) for name in names[:8]) + (", …" if len(names) > 8 else "")
    raise ParameterError(f"target: there is no output {reference!r}; this model has {len(names)}: {shown}.")


@lru_cache(maxsize=16)
def _every_output(outputs: int) -> NDArray[np.float64]:
    return np.eye(outputs)


def _combine(outputs: NDArray[np.float64], mix: NDArray[np.float64]) -> NDArray[np.float64]:
    """``outputs @ mix`` term by term, so that the bits of a row never depend on how many rows come with it."""
    if mix is _every_output(len(mix)):
        return outputs
    combined = np.zeros((*outputs.shape[:-1], mix.shape[1]))
    for output, target in zip(*np.nonzero(mix), strict=True):
        combined[..., target] += mix[output, target] * outputs[..., output]
    return combined


def _as_list(value: object) -> list[object]:
    return list(value) if isinstance(value, list | tuple) else [value]
