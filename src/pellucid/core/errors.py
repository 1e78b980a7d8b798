"""Everything that can go wrong, as one tree.

PellucidError
├── InputError (ValueError)             the data handed in cannot be used
│   └── ColumnsError                    columns missing, unknown or of the wrong kind
├── ParameterError (ValueError)         a setting is outside what it may be
├── ArgumentTypeError (TypeError)       an argument is of the wrong type
├── ModelError (ValueError)             something about the model itself
│   ├── UnsupportedModelError           this model cannot be explained exactly; says what can
│   ├── ModelFailedError                the model raised while predicting
│   └── ModelFileError                  the model file cannot be read
├── CompletenessError (ValueError)      base + values do not add up to what the model says
├── FileFormatError (ValueError)        a saved file is damaged or of a newer format
├── OutputError (ValueError)            a result cannot be written where it was asked for
└── MissingExtraError (ImportError)     an optional library is needed; names the command that installs it

Each message says what was wrong, what was got, and what to do, in one sentence.
"""

from __future__ import annotations

__all__ = [
    "ArgumentTypeError",
    "ColumnsError",
    "CompletenessError",
    "FileFormatError",
    "InputError",
    "MissingExtraError",
    "ModelError",
    "ModelFailedError",
    "ModelFileError",
    "OutputError",
    "ParameterError",
    "PellucidError",
    "UnsupportedModelError",
]


class PellucidError(Exception):
    """Root of every error this library raises on purpose."""


class InputError(PellucidError, ValueError):
    """The data handed in cannot be used."""


class ColumnsError(InputError):
    """Columns are missing, unknown or of the wrong kind."""


class ParameterError(PellucidError, ValueError):
    """A setting is outside what it may be."""


class ArgumentTypeError(PellucidError, TypeError):
    """An argument is of the wrong type."""


class ModelError(PellucidError, ValueError):
    """Something about the model itself."""


class UnsupportedModelError(ModelError):
    """This model cannot be explained exactly."""


class ModelFailedError(ModelError):
    """The model raised while predicting."""


class ModelFileError(ModelError):
    """The model file cannot be read."""


class CompletenessError(PellucidError, ValueError):
    """Base plus values do not add up to what the model says."""


class FileFormatError(PellucidError, ValueError):
    """A saved file is damaged or of a newer format."""


class OutputError(PellucidError, ValueError):
    """A result cannot be written where it was asked for."""


class MissingExtraError(PellucidError, ImportError):
    """An optional library is needed and not installed."""
