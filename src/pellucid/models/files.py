"""Models from files: the libraries' own formats first, and pickles only from those one trusts."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from pellucid.core.errors import MissingExtraError, ModelFileError

__all__ = ["PICKLE_WARNING", "load_model"]

PICKLE_WARNING = (
    "a pickle or joblib file is a program: loading it runs whatever its author put in, with your rights; "
    "load only files from people you trust"
)
PICKLE_SUFFIXES = (".pkl", ".pickle", ".joblib")
#: pickles of protocol 2 and later, and joblib's compressions: zlib, gzip, bzip2, xz, lzma, lz4
PICKLE_STARTS = (b"\x80", b"x\x01", b"x\x9c", b"x\xda", b"x^", b"\x1f\x8b", b"BZh", b"\xfd7zXZ", b"]\x00", b"\x04\x22M")
READ = (
    "XGBoost .json or .ubj, LightGBM .txt, CatBoost .cbm or .json, .skops, and with trust_pickle=True .pkl or .joblib"
)


def load_model(path: str | Path, *, trust_pickle: bool = False, trusted: Sequence[str] = ()) -> Any:
    """The native model in a file, recognised by what the file holds.

    Parameters
    ----------
    path : an XGBoost model (JSON or UBJSON), a LightGBM model (text), a CatBoost model (cbm or JSON), a skops file, or
        a pickle or joblib file.
    trust_pickle : allow pickle and joblib, whose loading runs code that their author chose.
    trusted : types in a skops file that you have looked at and trust, beside those that skops itself trusts.

    Returns
    -------
    An XGBoost or LightGBM Booster, a CatBoost, or the object that was saved.

    Raises
    ------
    ModelFileError : missing, unreadable, damaged, of an unknown format, or not trusted.
    MissingExtraError : the library that reads it is not installed.
    """
    file = Path(path)
    data = _content(file)
    if data.startswith(b"PK\x03\x04"):
        return _skops(file, data, trusted)
    if data.startswith((b"tree\n", b"tree\r\n")):
        return _lightgbm(file, data)
    if data.startswith(b"CBM1") or _is_catboost_json(data):
        return _catboost(file, data)
    if _is_xgboost(data):
        return _xgboost(file, data)
    if data.startswith(PICKLE_STARTS) or file.suffix.lower() in PICKLE_SUFFIXES:
        return _pickle(file, data, trust_pickle)
    raise ModelFileError(f"{file} is not a model file that pellucid reads: it starts with {data[:16]!r}; pass {READ}.")


def _content(file: Path) -> bytes:
    try:
        data = file.read_bytes()
    except FileNotFoundError as error:
        raise ModelFileError(f"there is no model file {file}; check the path.") from error
    except OSError as error:
        raise ModelFileError(
            f"the model file {file} cannot be read: {error.strerror or error}; pass {READ}."
        ) from error
    if not data:
        raise ModelFileError(f"the model file {file} is empty; save the model again.")
    return data


def _is_xgboost(data: bytes) -> bool:
    """An object whose first or a later key is ``learner``, as JSON text or as UBJSON."""
    return data.lstrip()[:1] == b"{" and b"learner" in data


def _xgboost(file: Path, data: bytes) -> Any:
    try:
        import xgboost
    except ImportError as error:
        raise _missing(file, "an XGBoost model", "xgboost") from error
    booster = xgboost.Booster()
    try:
        # bytes are recognised by their content, a path by its extension
        booster.load_model(bytearray(data.lstrip()))
    except (xgboost.core.XGBoostError, ValueError) as error:
        raise _damaged(file, "an XGBoost model", error) from error
    return booster


def _lightgbm(file: Path, data: bytes) -> Any:
    try:
        import lightgbm
    except ImportError as error:
        raise _missing(file, "a LightGBM model", "lightgbm") from error
    text = data.replace(b"\r\n", b"\n")
    _check_lightgbm(file, text)
    try:
        return lightgbm.Booster(model_str=text.decode())
    except (lightgbm.basic.LightGBMError, ValueError) as error:
        raise _damaged(file, "a LightGBM model", error) from error


def _check_lightgbm(file: Path, text: bytes) -> None:
    """LightGBM crashes the process on a file cut short, so its own table of tree sizes is checked first."""
    sizes = re.search(rb"^tree_sizes=([\d ]*)$", text, flags=re.MULTILINE)
    end = text.find(b"\nend of trees\n") + 1
    if not sizes or not end:
        raise _damaged(file, "a LightGBM model", "it is cut short")
    start = end - sum(int(size) for size in sizes.group(1).split())
    for i, size in enumerate(sizes.group(1).split()):
        if start < 0 or not text.startswith(b"Tree=%d\n" % i, start):
            raise _damaged(file, "a LightGBM model", f"tree {i} is not where its header says")
        start += int(size)


def _is_catboost_json(data: bytes) -> bool:
    return data.lstrip()[:1] == b"{" and b'"scale_and_bias"' in data and b'"features_info"' in data


def _catboost(file: Path, data: bytes) -> Any:
    try:
        import catboost
    except ImportError as error:
        raise _missing(file, "a CatBoost model", "catboost") from error
    binary = data.startswith(b"CBM1")
    try:
        if binary:
            return catboost.CatBoost().load_model(blob=data)
        _check_catboost_json(data)
        return catboost.CatBoost().load_model(str(file), format="json")
    except (catboost.CatBoostError, ValueError) as error:
        raise _damaged(file, "a CatBoost model", error) from error


def _check_catboost_json(data: bytes) -> None:
    """CatBoost crashes the process on JSON that is no model, and takes a file cut short for a model without trees."""
    model = json.loads(data)
    trees = model.get("oblivious_trees") or model.get("trees")
    bias = model.get("scale_and_bias")
    if not trees or not isinstance(model.get("features_info"), dict) or not isinstance(bias, list) or len(bias) != 2:
        raise ValueError("it has no trees, no columns or no scale")


def _skops(file: Path, data: bytes, trusted: Sequence[str]) -> Any:
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = archive.namelist()
    except zipfile.BadZipFile as error:
        raise _damaged(file, "a skops model", error) from error
    if "schema.json" not in names:
        raise ModelFileError(f"{file} is a zip archive without a model saved by skops; pass {READ}.")
    try:
        from skops import io as skops_io
    except ImportError as error:
        raise _missing(file, "a skops model", '"pellucid[skops]"') from error
    try:
        untrusted = [name for name in skops_io.get_untrusted_types(data=data) if name not in trusted]
    except Exception as error:
        raise _damaged(file, "a skops model", error) from error
    if untrusted:
        raise ModelFileError(
            f"{file} holds types that skops does not trust by itself: {', '.join(untrusted)}; "
            f"look at them, and if you trust them pass trusted={untrusted!r}."
        )
    try:
        return skops_io.loads(data, trusted=list(trusted))
    except Exception as error:
        raise _damaged(file, "a skops model", error) from error


def _pickle(file: Path, data: bytes, trust_pickle: bool) -> Any:
    if not trust_pickle:
        raise ModelFileError(
            f"{file} is a pickle or joblib file, and loading it runs code that its author chose; if you trust its "
            f"author pass trust_pickle=True (--trust-pickle), otherwise save the model in another format."
        )
    import joblib

    try:
        return joblib.load(io.BytesIO(data))
    except Exception as error:
        raise _damaged(file, "a pickle or joblib file", error) from error


def _missing(file: Path, what: str, package: str) -> MissingExtraError:
    return MissingExtraError(f"{file} is {what} and the library that reads it is not installed; pip install {package}.")


def _damaged(file: Path, what: str, error: object) -> ModelFileError:
    """The first line of what the library says, without its stack trace."""
    lines = [line for line in re.sub(r"^\[[\d:]+\] ", "", str(error)).splitlines() if line.strip()]
    reason = re.sub(r"^\S+\.(cc|cpp|h):\d+: ", "", lines[0].strip()) if lines else type(error).__name__
    return ModelFileError(f"{file} looks like {what} and cannot be read: {reason[:160]}; save the model again.")
