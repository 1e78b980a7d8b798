"""Streams: any source, any sink, whatever stops them."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from pellucid.attribution.shapley.exact import ExactSHAP
from pellucid.core.errors import ArgumentTypeError, InputError, ModelFailedError, OutputError, ParameterError
from pellucid.core.model import Model
from pellucid.core.streams import MeanAbsolute, Parquet, Quantiles, TopK, read_receipt, run_stream

BACKGROUND = np.array([[0.0, 1.0, 2.0], [1.0, -1.0, 0.5]])
ROWS = np.random.default_rng(7).normal(size=(103, 3))


def f(x):
    return x[:, 0] * x[:, 1] + np.sin(x[:, 2])


def method(background=BACKGROUND, **settings):
    model = Model("model", f, lambda table: f(table.numbers()), ("out",), "target", digest=lambda: b"f")
    return ExactSHAP(model, background, **settings)


def whole():
    return method().explain(ROWS)


def written(path):
    return pd.read_parquet(path)


def test_a_folder_of_parts_holds_what_one_call_gives(tmp_path):
    result = method().stream(ROWS, tmp_path / "out.parquet", chunk=25)
    frame = written(result)
    assert result.parts == 5
    assert sorted(path.name for path in result.path.iterdir()) == [f"part-{i:06d}.parquet" for i in range(5)]
    assert frame["row"].tolist() == list(range(103))
    assert set(frame["target"]) == {"out"}
    np.testing.assert_array_equal(frame[["x0", "x1", "x2"]], whole().values[..., 0])
    np.testing.assert_array_equal(frame["prediction"], whole().predictions[:, 0])
    assert pl.read_parquet(result.path).shape == frame.shape


def test_the_receipt_is_that_of_all_rows(tmp_path):
    result = method().stream(ROWS, tmp_path / "out.parquet", chunk=25)
    for receipt in (result.receipt, read_receipt(result)):
        assert receipt.rows == receipt.completeness.rows == 103
        assert receipt.completeness.kind == "checked"
        assert receipt.completeness.gap <= receipt.completeness.tolerance
        assert receipt.evaluations >= 103 * 6
        assert receipt.seconds > 0


def sources(tmp_path):
    frame = pd.DataFrame(ROWS, columns=["a", "b", "c"])
    frame.to_parquet(tmp_path / "rows.parquet", row_group_size=10)
    np.save(tmp_path / "rows.npy", ROWS)
    mapped = np.lib.format.open_memmap(tmp_path / "rows.npy", mode="r")
    return {
        "array": ROWS,
        "memory map": mapped,
        "npy path": str(tmp_path / "rows.npy"),
        "pandas": frame,
        "polars": pl.from_pandas(frame),
        "arrow": pa.Table.from_pandas(frame),
        "parquet path": tmp_path / "rows.parquet",
        "generator": (frame[start : start + 40] for start in range(0, 103, 40)),
        "list of arrays": [ROWS[:50], ROWS[50:50], ROWS[50:]],
    }


@pytest.mark.parametrize(
    "name",
    [
        "array",
        "memory map",
        "npy path",
        "pandas",
        "polars",
        "arrow",
        "parquet path",
        "generator",
        "list of arrays",
    ],
)
def test_every_source_gives_the_same_values(tmp_path, name):
    result = method().stream(sources(tmp_path)[name], tmp_path / "out.parquet", chunk=20)
    frame = written(result)
    assert frame["row"].tolist() == list(range(103))
    np.testing.assert_array_equal(frame.iloc[:, 3:6], whole().values[..., 0])


def test_a_memory_map_is_read_a_chunk_at_a_time(tmp_path):
    mapped = sources(tmp_path)["memory map"]

    def explain(rows):
        assert np.shares_memory(rows, mapped)
        assert len(rows) <= 40
        return method().explain(rows)

    assert run_stream(explain, mapped, MeanAbsolute(), chunk=40).receipt.rows == 103


def test_an_iterator_is_asked_for_the_next_frame_when_the_last_is_done():
    given, done = [], []

    def frames():
        for i in range(4):
            assert len(done) >= i - 1
            given.append(i)
            yield ROWS[i * 20 : i * 20 + 20]

    def explain(rows):
        done.append(len(given))
        return method().explain(rows)

    run_stream(explain, frames(), MeanAbsolute())
    assert done == [1, 2, 3, 4]


def test_top_writes_the_largest_values_a_row_and_what_is_left(tmp_path):
    result = run_stream(method().explain, ROWS, Parquet(tmp_path / "out.parquet", top=2), chunk=50)
    frame, values = written(result), whole().values[..., 0]
    order = np.argsort(-np.abs(values), axis=1)
    np.testing.assert_array_equal(frame["value 1"], values[np.arange(103), order[:, 0]])
    assert frame["feature 2"].tolist() == [f"x{j}" for j in order[:, 1]]
    np.testing.assert_allclose(frame[["base", "value 1", "value 2", "rest"]].sum(axis=1), f(ROWS), atol=1e-12)
    np.testing.assert_allclose(frame["rest"], values[np.arange(103), order[:, 2]], atol=1e-12)


RUN = """
import os, signal, sys
import numpy as np
import pyarrow.parquet as pq
sys.path.insert(0, {tests!r})
from test_streams import ROWS, method
from pellucid.core.streams import run_stream
explained = 0
def explain(rows):
    global explained
    explained += 1
    if {where!r} == "explaining" and explained == 4:
        os.kill(os.getpid(), signal.SIGKILL)
    return method().explain(rows)
write_table = pq.write_table
def dying(table, stream, **how):
    if stream.name is not None and {where!r} == "writing" and explained == 4:
        stream.write(b"PAR1 half a file")
        stream.flush()
        os.kill(os.getpid(), signal.SIGKILL)
    write_table(table, stream, **how)
pq.write_table = dying
run_stream(explain, ROWS, {sink!r}, chunk=20)
"""


@pytest.mark.parametrize("where", ["explaining", "writing"])
def test_a_killed_run_keeps_its_finished_chunks_and_the_next_one_goes_on(tmp_path, where):
    sink = tmp_path / "out.parquet"
    code = RUN.format(tests=str(Path(__file__).parent), where=where, sink=str(sink))
    killed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert killed.returncode == -signal.SIGKILL, killed.stderr
    kept = {path.name: path.read_bytes() for path in sink.glob("part-*.parquet")}
    assert sorted(kept) == [f"part-{i:06d}.parquet" for i in range(3)]
    assert len(list(sink.iterdir())) == 3 + (where == "writing")

    asked = []

    def explain(rows):
        asked.append(len(rows))
        return method().explain(rows)

    result = run_stream(explain, ROWS, sink, chunk=20)
    assert asked == [20, 20, 20, 3]
    assert {name: (sink / name).read_bytes() for name in kept} == kept
    assert len(list(sink.iterdir())) == result.parts == 6
    straight = method().stream(ROWS, tmp_path / "straight.parquet", chunk=20)
    pd.testing.assert_frame_equal(written(sink), written(straight))
    assert result.receipt.rows == straight.receipt.rows == 103
    assert result.receipt.data_fingerprint == straight.receipt.data_fingerprint


def test_a_finished_run_is_not_repeated_and_may_be_batched_otherwise(tmp_path):
    sink = tmp_path / "out.parquet"
    method().stream(ROWS, sink, chunk=60)
    before = {path: path.stat().st_mtime_ns for path in sink.iterdir()}
    again = method(batch_size=5).stream(ROWS, sink, chunk=60)
    assert {path: path.stat().st_mtime_ns for path in sink.iterdir()} == before
    assert again.receipt.rows == 103


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda sink: method(BACKGROUND + 1).stream(ROWS, sink, chunk=40), "background was .* and is now"),
        (lambda sink: method().stream(ROWS, sink, chunk=41), "chunk was 40 and is now 41"),
        (lambda sink: method().stream(ROWS + 1, sink, chunk=40), "the rows of part 0 was"),
        (lambda sink: method().stream(ROWS[:45], sink, chunk=40), "the rows of part 1 was"),
        (lambda sink: method().stream(ROWS[:40], sink, chunk=40), "the number of chunks was 3 and is now 1"),
        (lambda sink: method().stream(ROWS, sink, chunk=40, target=lambda out: out[..., 0] * 2), "target was"),
        (lambda sink: run_stream(method().explain, ROWS, Parquet(sink, top=1), chunk=40), "top was None and is now 1"),
        (
            lambda sink: ExactSHAP(lambda x: f(x) * 2, BACKGROUND).stream(ROWS, sink, chunk=40),
            "model was 'model' and is now",
        ),
    ],
    ids=["background", "chunk", "rows", "fewer rows", "fewer chunks", "target", "top", "model"],
)
def test_another_run_into_the_same_folder_is_refused(tmp_path, change, words):
    sink = tmp_path / "out.parquet"
    method().stream(ROWS, sink, chunk=40)
    before = written(sink)
    with pytest.raises(OutputError, match=f"holds the parts of another run, {words}") as caught:
        change(sink)
    assert "\n" not in str(caught.value)
    pd.testing.assert_frame_equal(written(sink), before)


def test_an_interruption_keeps_finished_chunks_of_reducers_and_parts(tmp_path):
    for sink in (MeanAbsolute(), tmp_path / "out.parquet"):
        calls = []

        def explain(rows, calls=calls):
            calls.append(1)
            if len(calls) == 3:
                raise KeyboardInterrupt
            return method().explain(rows)

        with pytest.raises(KeyboardInterrupt):
            run_stream(explain, ROWS, sink, chunk=20)
        kept = sink.receipt if isinstance(sink, MeanAbsolute) else read_receipt(sink)
        assert kept.rows == 40


def test_a_failed_check_stops_and_names_the_chunk(tmp_path):
    asked = []

    def drifting(table):
        asked.append(len(table))
        the_check = len(table) == 20 and asked.count(20) % 2 == 0  # complete rows are asked about once before it
        return f(table.numbers()) + (1e-3 if sum(asked) > 600 and the_check else 0)

    wrong = ExactSHAP(Model("drifting", None, drifting, ("out",), "target", digest=lambda: b""), BACKGROUND)
    with pytest.raises(ModelFailedError, match=r"^chunk \d, rows \d0 to \d9: drifting was asked twice about row"):
        wrong.stream(ROWS, tmp_path / "out.parquet", chunk=20)
    finished = len(list((tmp_path / "out.parquet").iterdir()))
    assert finished >= 2
    assert read_receipt(tmp_path / "out.parquet").rows == finished * 20


def test_errors_name_the_chunk_and_leave_no_folder_when_nothing_was_finished(tmp_path):
    def explain(rows):
        raise InputError("these rows are no good; pass others.")

    with pytest.raises(InputError, match=r"^chunk 0, rows 0 to 39: these rows are no good"):
        run_stream(explain, ROWS, tmp_path / "out.parquet", chunk=40)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("source", [ROWS[:0], [], iter([]), iter([ROWS[:0]]), pd.DataFrame({"a": []})])
def test_an_empty_source_is_refused(tmp_path, source):
    with pytest.raises(InputError):
        method().stream(source, tmp_path / "out.parquet")
    assert list(tmp_path.iterdir()) == []


def test_sinks_that_cannot_be_written_are_refused_before_anything_is_explained(tmp_path):
    def explain(rows):
        raise AssertionError

    (tmp_path / "file.parquet").write_text("")
    (tmp_path / "other.parquet").mkdir()
    (tmp_path / "other.parquet" / "notes.txt").write_text("")
    (tmp_path / "holes.parquet").mkdir()
    (tmp_path / "holes.parquet" / "part-000001.parquet").write_text("")
    for sink, words in (
        (tmp_path / "missing" / "out.parquet", "cannot be written"),
        (tmp_path / "file.parquet", "is a file where a folder of parts is to go"),
        (tmp_path / "other.parquet", "holds something else, 'notes.txt'"),
        (tmp_path / "holes.parquet", "lacks part 0 of 1"),
        (tmp_path / "out.csv", "must end in .parquet, got 'out.csv'"),
    ):
        with pytest.raises(OutputError, match=words):
            run_stream(explain, ROWS, sink)
    with pytest.raises(ArgumentTypeError, match=r"sink must be a path ending in \.parquet, or MeanAbsolute"):
        run_stream(explain, ROWS, 7)
    with pytest.raises(ParameterError, match="stream: chunk must be a whole number of at least 1, got 0"):
        run_stream(explain, ROWS, MeanAbsolute(), chunk=0)
    with pytest.raises(ArgumentTypeError, match=r"chunk 0, .*a stream takes methods that make an Attribution, got int"):
        run_stream(lambda rows: 3, ROWS, MeanAbsolute())


def test_reducers_are_returned_with_the_receipt(tmp_path):
    for reducer in (MeanAbsolute(), Quantiles(), TopK(3)):
        assert method().stream(ROWS, reducer, chunk=30) is reducer
        assert reducer.receipt.rows == 103


def test_a_stream_shows_its_bar_when_asked(capsys):
    run_stream(method().explain, ROWS, MeanAbsolute(), chunk=50, progress=True)
    assert "stream" in capsys.readouterr().err
