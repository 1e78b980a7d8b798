"""Rows in any form: tables, texts, images, tensors."""

from __future__ import annotations

from pellucid.core.images import Images, are_images
from pellucid.core.tables import Table, read_table
from pellucid.core.tensors import Tensors
from pellucid.core.texts import Texts, are_texts

__all__ = ["Inputs", "Parted", "read_inputs"]

#: rows that are no table: their parts are words of a text, regions of an image, numbers of a tensor
Parted = Texts | Images | Tensors
#: rows that a model can be asked about; each kind has a length, ``rows(index)``, ``given()``, ``form`` and
#: ``fingerprint()``
Inputs = Table | Parted


def read_inputs(data: object, *, what: str = "rows") -> Inputs:
    """Wrap what the caller passed: a list or column of strings is texts, an array of 3 or 4 axes or a list of images is
    images, else a table.

    Raises
    ------
    InputError, ArgumentTypeError : none of them, or nothing in it.
    """
    if isinstance(data, Texts | Images | Tensors):
        return data
    if are_texts(data):
        return Texts.read(data, what=what)
    if are_images(data):
        return Images.read(data, what=what)
    return read_table(data, what=what)
