"""Tables from files."""

from __future__ import annotations

import pytest

from pellucid.cli import frames
from pellucid.cli.frames import read_frame
from pellucid.core.errors import InputError, MissingExtraError

TEXT = "code,number,word,flag,gaps\n01,1.5,north,True,a\n02,,südöst,False,\n"


@pytest.fixture
def csv(tmp_path):
    path = tmp_path / "rows.csv"
    path.write_text(TEXT, encoding="utf-8")
    return str(path)


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_csv_is_read_by_each_library_with_the_types_that_its_values_show(csv, backend, monkeypatch):
    monkeypatch.setattr(frames, "best_backend", lambda: backend)
    frame = read_frame(csv)
    assert str(frame.implementation).lower() == backend
    assert frame["word"].to_list() == ["north", "südöst"]
    assert frame["flag"].to_list() == [True, False]
    assert frame["number"].to_list()[0] == 1.5
    assert [frame["number"].null_count(), frame["gaps"].null_count()] == [1, 1]


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_a_column_said_to_be_text_keeps_its_leading_zeros(csv, backend, monkeypatch):
    monkeypatch.setattr(frames, "best_backend", lambda: backend)
    assert read_frame(csv, texts=["code"])["code"].to_list() == ["01", "02"]


@pytest.mark.parametrize("backend", ["pandas", "polars", "pyarrow"])
def test_parquet_keeps_categories(files, backend, monkeypatch):
    import narwhals as nw

    monkeypatch.setattr(frames, "best_backend", lambda: backend)
    assert read_frame(str(files / "claims.parquet"))["region"].dtype in (nw.Categorical, nw.Enum)


def test_parquet_goes_to_polars_where_pandas_lacks_pyarrow(files, monkeypatch):
    monkeypatch.setattr(frames, "find_spec", lambda name: None if name == "pyarrow" else name)
    assert str(read_frame(str(files / "claims.parquet")).implementation).lower() == "polars"


def test_parquet_without_a_library_names_the_command_that_installs_one(files, monkeypatch):
    monkeypatch.setattr(frames, "find_spec", lambda _: None)
    with pytest.raises(MissingExtraError, match=r"pip install 'pellucid\[parquet\]'"):
        read_frame(str(files / "claims.parquet"))


@pytest.mark.parametrize(
    ("name", "content", "words"),
    [
        ("none.csv", None, "there is no file"),
        ("empty.csv", b"", "is empty"),
        ("rows.xlsx", b"PK", r"must be a table ending in \.csv or \.parquet, got \.xlsx"),
        ("torn.parquet", b"PAR1 torn", "cannot be read as parquet"),
        ("gbk.csv", "索赔,b\n1,2\n".encode("gbk"), "cannot be read as csv"),
        ("ragged.csv", b"a,b\n1,2\n1,2,3\n", "cannot be read as csv"),
    ],
)
def test_what_cannot_be_read_is_one_sentence(tmp_path, name, content, words):
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(InputError, match=words) as caught:
        read_frame(str(tmp_path / name))
    assert "\n" not in str(caught.value)
