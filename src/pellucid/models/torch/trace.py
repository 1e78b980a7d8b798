"""Read or edit the inside of a network: a place, and one context manager; the only file that registers hooks."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import torch
from torch import Tensor, nn

from pellucid.core.errors import ModelFailedError, ParameterError, UnsupportedModelError

__all__ = ["Context", "Edit", "Run", "Site", "as_site", "intervene", "watch"]


@dataclass(frozen=True)
class Site:
    """A place inside a network.

    Parameters
    ----------
    module : path of a module as ``named_modules`` names it, ``""`` for the network itself.
    point : ``"out"``, what the module gives, or ``"in"``, its first input. What heads of attention write is the input
        of the layer that projects them back, and what neurons write the input of the layer after them.
    field : number or name of the wanted tensor, where the module gives or takes several; None is the first.
    pos : position along the second axis, negative from the end; None is all of them.
    head : ``(k, heads)``, the k-th of so many equal slices of the last axis.
    unit : a single number of the last axis, or of the second axis, the channels, where there are four axes or more.
    call : which call, for a module that one pass calls several times; None asks for one that is called once.
    """

    module: str
    point: str = "out"
    field: int | str | None = None
    pos: int | None = None
    head: tuple[int, int] | None = None
    unit: int | None = None
    call: int | None = None

    def __post_init__(self) -> None:
        if self.point not in ("out", "in"):
            raise ParameterError(f"Site: point must be 'out' or 'in', got {self.point!r}.")
        if self.head is not None and not (len(self.head) == 2 and 0 <= self.head[0] < self.head[1]):
            raise ParameterError(f"Site: head must be (k, heads) with 0 ≤ k < heads, got {self.head!r}.")

    def __str__(self) -> str:
        chosen = {"pos": self.pos, "head": self.head, "unit": self.unit, "call": self.call}
        told = "".join(f", {name} {value}" for name, value in chosen.items() if value is not None)
        return f"{self.module or 'the network'} ({self.point}{told})"

    def index(self, shape: torch.Size, offset: int = 0) -> tuple[Any, ...] | None:
        """Where it lies in a tensor of that shape whose second axis begins at position ``offset``.

        Returns
        -------
        An index, or None where the position is not in this tensor.

        Raises
        ------
        ParameterError : there is no such position, head or unit in a tensor of that shape.
        """
        index: list[Any] = [slice(None)] * len(shape)
        if self.pos is not None:
            _at_least(self, shape, 3)
            pos = self.pos - offset if self.pos >= 0 else self.pos + shape[1]
            if not 0 <= pos < shape[1]:
                if offset or self.pos >= 0:
                    return None
                raise ParameterError(f"{self}: there are {shape[1]} positions.")
            index[1] = slice(pos, pos + 1)
        if self.head is not None:
            index[-1] = _slice_of_heads(self, shape[-1])
        if self.unit is not None:
            _at_least(self, shape, 2)
            axis = 1 if len(shape) >= 4 else -1
            if not -shape[axis] <= self.unit < shape[axis]:
                raise ParameterError(f"{self}: there are {shape[axis]} units, got unit {self.unit}.")
            unit = self.unit % shape[axis]
            index[axis] = slice(unit, unit + 1)
        return tuple(index)


@dataclass(frozen=True)
class Context:
    """What an edit may look at: the place, which call of the pass it is, the first position, and what was read."""

    site: Site
    call: int
    offset: int
    run: Run


def as_site(place: Site | str) -> Site:
    """What a module gives, where only its path is said."""
    return place if isinstance(place, Site) else Site(str(place))


#: what stands at a site → what the network goes on with
Edit = Callable[[Tensor, Context], Tensor]


@dataclass
class Run:
    """What was read during passes through the network; ``run[site]`` is of the latest pass."""

    passes: dict[Site, list[Tensor]] = field(default_factory=dict)

    def __getitem__(self, site: Site) -> Tensor:
        found = self.passes.get(site)
        if not found:
            raise ModelFailedError(f"{site} was not reached; the network did not call it, or not with this position.")
        return found[-1]


@contextmanager
def intervene(
    model: nn.Module,
    *,
    read: Sequence[Site] = (),
    edit: Mapping[Site, Edit] | None = None,
    generating: bool = False,
) -> Iterator[Run]:
    """Read and edit sites while the block runs the network.

    All edits of a module's point are made before anything is read there, in the order in which their sites were given;
    a reading is what the network goes on with. Readings are part of the graph where gradients are enabled, and later
    changes in place do not reach them. When the block ends, however it ends, nothing is left on the network.

    Parameters
    ----------
    model : any module.
    read : sites to keep.
    edit : site → function of the tensor there and a :class:`Context`, giving one of the same shape.
    generating : whether passes follow each other as in generation with a cache, so that positions go on counting.

    Raises
    ------
    ParameterError : no such module; of a site that is called several times, which call is not said; an edit gives
        another shape.
    UnsupportedModelError : a TorchScript module, whose inside cannot be reached.
    """
    run, edits = Run(), dict(edit or {})
    places: dict[tuple[str, str], _Place] = {}
    for site in (*edits, *read):
        places.setdefault((site.module, site.point), _Place(run)).add(site, edits.get(site), site in read)
    with ExitStack() as stack:
        clock = _Clock(generating)
        if places:
            stack.callback(model.register_forward_pre_hook(clock.begin).remove)
        for (path, point), place in places.items():
            stack.callback(place.attach(_module(model, path), point, clock).remove)
        yield run


class _Clock:
    """Which pass it is, for counting the calls of a pass and the positions of a generation."""

    def __init__(self, generating: bool) -> None:
        self.passes = 0
        self.generating = generating

    def begin(self, *_: object) -> None:
        self.passes += 1


class _Place:
    """All that happens at one point of one module: one hook."""

    def __init__(self, run: Run) -> None:
        self.run = run
        self.sites: dict[Site, tuple[Edit | None, bool]] = {}
        self.last_pass = 0
        self.calls = 0
        self.offset = 0

    def add(self, site: Site, edit: Edit | None, read: bool) -> None:
        self.sites[site] = (edit, read)

    def attach(self, module: nn.Module, point: str, clock: _Clock) -> Any:
        if point == "out":
            return module.register_forward_hook(lambda _module, _args, out: self.visit(out, clock))

        def before(_module: nn.Module, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
            if args:
                first = self.visit(args, clock)
                return first, kwargs
            return args, self.visit(kwargs, clock)

        return module.register_forward_pre_hook(before, with_kwargs=True)

    def visit(self, given: Any, clock: _Clock) -> Any:
        """The same with the edits made, the readings kept."""
        self._count(clock)
        for name in dict.fromkeys(site.field for site in self.sites):
            here = {site: work for site, work in self.sites.items() if site.field == name}
            tensor = _tensor(given, name, next(iter(here)))
            changed = self._changed(tensor, here)
            if changed is not tensor:
                given = _with_tensor(given, name, changed)
            length = tensor.shape[1] if tensor.ndim > 1 else 0
        self.calls += 1
        if clock.generating:
            self.offset += length
        return given

    def _count(self, clock: _Clock) -> None:
        if self.last_pass == clock.passes:
            again = next((site for site in self.sites if site.call is None), None)
            if again is not None and self.calls:
                raise ParameterError(f"{again}: one pass calls it several times; say which with Site(..., call=0).")
            return
        self.last_pass, self.calls = clock.passes, 0
        if not clock.generating:
            self.offset = 0

    def _changed(self, tensor: Tensor, here: Mapping[Site, tuple[Edit | None, bool]]) -> Tensor:
        for site, (edit, _) in here.items():
            index = self._index(site, tensor)
            if edit is not None and index is not None:
                tensor = _edited(tensor, index, edit, Context(site, self.calls, self.offset, self.run))
        for site, (_, read) in here.items():
            index = self._index(site, tensor)
            if read and index is not None:
                tensor = self._read(site, tensor, index)
        return tensor

    def _read(self, site: Site, tensor: Tensor, index: tuple[Any, ...]) -> Tensor:
        """Keep what is there; the network goes on with a copy, so that it cannot write into what was kept."""
        piece = tensor[index]
        onwards = tensor.clone()
        if piece.shape == tensor.shape:
            piece = tensor
        else:
            onwards[index] = piece
        self.run.passes.setdefault(site, []).append(piece)
        return onwards

    def _index(self, site: Site, tensor: Tensor) -> tuple[Any, ...] | None:
        if site.call is not None and site.call != self.calls:
            return None
        return site.index(tensor.shape, self.offset)


def _edited(tensor: Tensor, index: tuple[Any, ...], edit: Edit, context: Context) -> Tensor:
    old = tensor[index]
    new = edit(old, context)
    if not isinstance(new, Tensor) or new.shape != old.shape:
        got = tuple(new.shape) if isinstance(new, Tensor) else type(new).__name__
        raise ParameterError(f"{context.site}: an edit must give shape {tuple(old.shape)}, got {got}.")
    if old.shape == tensor.shape:
        return new
    mixed = tensor.to(torch.promote_types(tensor.dtype, new.dtype), copy=True)
    mixed[index] = new
    return mixed


def _module(model: nn.Module, path: str) -> nn.Module:
    if isinstance(model, torch.jit.ScriptModule):
        raise UnsupportedModelError(
            "the inside of a TorchScript module cannot be read or edited; pass the module it was made from."
        )
    named = dict(model.named_modules(remove_duplicate=False))
    if path not in named:
        near = [name for name in named if name and name.endswith(path.rpartition(".")[2])] or list(named)[1:]
        raise ParameterError(f"there is no module {path!r} in this network; there are {', '.join(near[:8])}.")
    return named[path]


def _tensor(given: Any, name: int | str | None, site: Site) -> Tensor:
    """The wanted tensor of what a module gives or takes."""
    found = given
    if not isinstance(given, Tensor):
        values = given if isinstance(given, Mapping) else dict(enumerate(given)) if _is_tuple(given) else {}
        floats = [key for key, value in values.items() if isinstance(value, Tensor)]
        found = values.get(name if name is not None else (floats or [None])[0])
    if not isinstance(found, Tensor):
        raise ParameterError(f"{site}: there is no tensor here, but {type(found).__name__}; say which with field=.")
    return found


def _with_tensor(given: Any, name: int | str | None, tensor: Tensor) -> Any:
    """The same tuple, mapping or ModelOutput around another tensor."""
    if isinstance(given, Tensor):
        return tensor
    if isinstance(given, Mapping):
        key = name if name is not None else next(key for key, value in given.items() if isinstance(value, Tensor))
        copy = type(given)(**given) if not isinstance(given, dict) or type(given) is not dict else dict(given)
        copy[key] = tensor  # type: ignore[index]
        return copy
    place = name if name is not None else next(k for k, value in enumerate(given) if isinstance(value, Tensor))
    values = [tensor if k == place else value for k, value in enumerate(given)]
    return type(given)(*values) if hasattr(given, "_fields") else type(given)(values)


def _is_tuple(given: Any) -> bool:
    return isinstance(given, tuple | list)


def _slice_of_heads(site: Site, width: int) -> slice:
    number, heads = site.head or (0, 1)
    if width % heads:
        raise ParameterError(f"{site}: {width} numbers are no {heads} heads of equal size.")
    size = width // heads
    return slice(number * size, (number + 1) * size)


def _at_least(site: Site, shape: torch.Size, axes: int) -> None:
    if len(shape) < axes:
        raise ParameterError(f"{site}: a tensor of shape {tuple(shape)} has no such axis.")


@contextmanager
def watch(model: nn.Module, seen: Callable[[str, nn.Module, tuple[Any, ...], Any], None]) -> Iterator[None]:
    """Tell each module's answer, in the order in which they answer, while the block runs the network.

    Parameters
    ----------
    seen : gets a module's path, the module, its positional inputs and what it gave.
    """
    with ExitStack() as stack:
        for path, module in model.named_modules():
            if not isinstance(module, torch.jit.ScriptModule):
                told = partial(_tell, seen, path)
                stack.callback(module.register_forward_hook(told).remove)
        yield


def _tell(seen: Any, path: str, module: nn.Module, inputs: tuple[Any, ...], output: Any) -> None:
    seen(path, module, inputs, output)
