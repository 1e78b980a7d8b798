"""What tests take from Yellowbrick, whose import changes matplotlib's style and calls what is deprecated."""

from __future__ import annotations

import warnings

import matplotlib as mpl

__all__ = ["DiscriminationThreshold", "Rank1D", "Rank2D"]

with mpl.rc_context(), warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    from yellowbrick.classifier import DiscriminationThreshold
    from yellowbrick.features import Rank1D, Rank2D
