"""Labels from TOML files."""

from __future__ import annotations

import pytest

from pellucid.cli.labels import read_labels
from pellucid.core.errors import InputError


def test_labels_and_units_are_texts_or_one_text_a_language(tmp_path):
    path = tmp_path / "labels.toml"
    path.write_text('[labels]\na = "A"\nb = {en = "B", zh = "乙"}\n[units]\na = "kg"\n', encoding="utf-8")
    assert read_labels(str(path)) == {"labels": {"a": "A", "b": {"en": "B", "zh": "乙"}}, "units": {"a": "kg"}}


def test_no_file_means_no_labels():
    assert read_labels(None) == {}


@pytest.mark.parametrize(
    "text",
    ["= =", "a = 'A'", "labels = 'A'", "[labels]\na = 1", "[labels]\na = {fr = 'A'}", "[labels]\na = {}"],
)
def test_another_shape_is_one_sentence(tmp_path, text):
    path = tmp_path / "labels.toml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match=r"labels\.toml"):
        read_labels(str(path))


def test_a_missing_file_is_one_sentence(tmp_path):
    with pytest.raises(InputError, match="cannot be read"):
        read_labels(str(tmp_path / "none.toml"))
