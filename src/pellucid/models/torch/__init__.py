"""PyTorch modules: how to call one, read and edit its inside, and differentiate it."""

from importlib.util import find_spec

from pellucid.core.errors import UnsupportedModelError

if find_spec("torch") is None:
    raise UnsupportedModelError(
        "rules of propagation are applied to torch modules only, and torch is not installed; use IntegratedGradients, "
        "which needs derivatives alone, or pip install 'pellucid[torch]'."
    )
