"""The one way to read or edit the inside of a Paddle layer."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from paddle import Tensor
from paddle.nn import Layer

from pellucid.core.errors import ParameterError

__all__ = ["checked_path", "edited", "watched"]


def checked_path(module: Layer, path: Any) -> str:
    """The path of a layer inside.

    Raises
    ------
    ParameterError : there is none of that path.
    """
    paths = [name for name, _ in module.named_sublayers(include_self=True)]
    if path not in paths:
        shown = ", ".join(repr(name) for name in paths[1:9]) + (", …" if len(paths) > 9 else "")
        raise ParameterError(f"tap: {type(module).__name__} has no layer {path!r}; it has {shown}.")
    return str(path)


@contextmanager
def watched(module: Layer, seen: Callable[[str, Layer, Any, Any], None]) -> Iterator[None]:
    """Tell ``seen`` of each layer that answers: its path, itself, what it was given and what it gives."""

    def teller(path: str) -> Callable[[Layer, Any, Any], None]:
        return lambda layer, inputs, output: seen(path, layer, inputs, output)

    with ExitStack() as stack:
        for path, layer in module.named_sublayers(include_self=True):
            stack.callback(layer.register_forward_post_hook(teller(path)).remove)
        yield


@contextmanager
def edited(module: Layer, edits: Mapping[str, Callable[[Tensor], Tensor]]) -> Iterator[None]:
    """What layers give, put through a function each.

    Raises
    ------
    ParameterError : a layer that is not called, is called several times, or gives no tensor.
    """
    layers = dict(module.named_sublayers(include_self=True))
    calls: Counter[str] = Counter()

    def editor(path: str, edit: Callable[[Tensor], Tensor]) -> Callable[[Layer, Any, Any], Tensor]:
        def put(_layer: Layer, _inputs: Any, output: Any) -> Tensor:
            calls[path] += 1
            if calls[path] > 1:
                raise ParameterError(f"tap: layer {path!r} is called several times; name a layer that is called once.")
            if not isinstance(output, Tensor):
                raise ParameterError(
                    f"tap: layer {path!r} gives {type(output).__name__}; name a layer that gives one tensor."
                )
            return edit(output)

        return put

    with ExitStack() as stack:
        for path, edit in edits.items():
            stack.callback(layers[path].register_forward_post_hook(editor(path, edit)).remove)
        yield
    for path in edits:
        if not calls[path]:
            raise ParameterError(f"tap: layer {path!r} is not called for these rows; name another.")
