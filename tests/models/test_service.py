"""A service that limits, delays and fails, on a real server; the server counts what it was asked."""

from __future__ import annotations

import itertools
import json
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import numpy as np
import pandas as pd
import polars as pl
import pytest
from tests.models.service_server import score, serving

import pellucid
from pellucid.attribution import ExactSHAP, PermutationSHAP
from pellucid.core.errors import ArgumentTypeError, FileFormatError, ModelFailedError, OutputError, ParameterError
from pellucid.models import BusyError, Service, as_model


@pytest.fixture
def server():
    with serving() as scores:
        yield scores


@pytest.fixture(name="X")
def some_rows(rng):
    return rng.normal(size=(40, 4)).round(6)


def expected(X):
    return np.array([score(row) for row in X.tolist()])[:, np.newaxis]


def open_service(server, **settings):
    return Service.http(
        server.url, **{"output_names": ["score"], "batch_size": 10, "backoff": 0.01, "probe": 0, **settings}
    )


def adder(rows):
    return np.asarray(rows, dtype=float).sum(axis=1)


def test_rows_are_asked_in_batches_of_at_most_batch_size(server, X):
    answers = open_service(server, batch_size=16).predict(X)
    np.testing.assert_array_equal(answers, expected(X))
    assert (server.requests, server.asked) == (3, 40)


def test_a_row_that_comes_twice_is_asked_about_once(server, X):
    twice = np.concatenate([X, X[::-1]])
    service = open_service(server)
    np.testing.assert_array_equal(service.predict(twice), expected(twice))
    service.predict(X[:7])
    assert set(server.rows.values()) == {1}
    assert (server.requests, server.asked) == (4, 40)


def test_exact_values_cost_one_question_for_each_different_row(server, X):
    rows, background = X[:3], X[10:13]
    ex = ExactSHAP(open_service(server), background).explain(rows)
    local = ExactSHAP(lambda batch: expected(batch)[:, 0], background).explain(rows)
    np.testing.assert_array_equal(ex.values, local.values)
    assert set(server.rows.values()) == {1}
    assert server.asked < ex.receipt.evaluations
    assert ex.receipt.model == f"service {server.url}"
    note = ex.receipt.notes[-1]
    assert f"{server.asked:,} answered in {server.requests:,} requests" in note


def test_a_second_run_asks_nothing(server, X, tmp_path):
    first = PermutationSHAP(open_service(server, cache=tmp_path / "a.sqlite"), X[:5], permutations=4).explain(X[5:8])
    before = server.requests
    again = PermutationSHAP(open_service(server, cache=tmp_path / "a.sqlite"), X[:5], permutations=4).explain(X[5:8])
    assert server.requests == before
    np.testing.assert_array_equal(first.values, again.values)
    assert "0 answered in 0 requests, the others known already, in a.sqlite" in again.receipt.notes[-1]


def test_explain_and_effects_take_a_service(server, X):
    service = open_service(server, output_names=None)
    ex = pellucid.explain(service, X[:2], X[10:14])
    assert ex.receipt.method == "ExactSHAP"
    curve = pellucid.effects.PartialDependence(service, X[:6], grid=4).explain(features=[0])
    assert "rows were asked about" in curve.receipt.notes[-1]


def test_frames_are_sent_as_objects_and_missing_values_as_null(server):
    frame = pd.DataFrame({"a": [1.0, np.nan], "b": [3, 4]})
    seen = []
    server.act = lambda number, rows: seen.extend(rows)
    open_service(server).predict(frame)
    assert seen == [{"a": 1.0, "b": 3}, {"a": None, "b": 4}]


def test_one_row_in_two_kinds_of_frame_is_one_question(server):
    service = open_service(server)
    frame = pd.DataFrame({"a": [1.0, 2.0], "b": ["x", None]})
    server.score = lambda row: row["a"]
    for kind in (frame, pl.DataFrame(frame), pl.DataFrame(frame).to_arrow()):
        service.predict(kind)
    assert (server.requests, server.asked) == (1, 2)
    service.predict(frame.assign(c=[3.0, 4.0]))
    assert (server.requests, server.asked) == (2, 4)


def test_outputs_are_counted_on_two_rows_where_they_have_no_names(X):
    sizes = []

    def pair(rows):
        sizes.append(len(rows))
        return np.column_stack([rows[:, 0], rows[:, 1]])

    model = as_model(Service(pair), rows=X)
    assert (model.output_names, sizes) == (("output 0", "output 1"), [2])
    with pytest.raises(ArgumentTypeError, match=r"how many outputs service pair has .* output_names=\[...\]"):
        as_model(Service(pair))


def test_columns_are_put_in_the_order_of_the_service():
    service = Service(lambda rows: rows["a"] - rows["b"], output_names=["d"], feature_names=["a", "b"], probe=0)
    model = as_model(service)
    assert model.predict(model.table(pd.DataFrame({"b": [1.0], "a": [5.0]}))).item() == 4.0


def test_the_function_gets_a_copy():
    def careless(rows):
        rows[:] = 0
        return np.ones(len(rows))

    X = np.arange(6.0).reshape(3, 2)
    Service(careless, output_names=["y"], probe=0).predict(X)
    np.testing.assert_array_equal(X, np.arange(6.0).reshape(3, 2))


def test_texts_are_asked_about_and_known_again():
    calls = []

    def lengths(texts):
        calls.append(texts)
        return [len(text) for text in texts]

    service = Service(lengths, output_names=["length"], probe=0)
    assert service.predict(["one", "three", "one"])[:, 0].tolist() == [3, 5, 3]
    service.predict(["three", "two"])
    assert calls == [["one", "three"], ["two"]]


def test_texts_are_explained_over_http(server):
    server.score = lambda text: 2.0 * ("good" in text) - ("but" in text)
    ex = pellucid.explain(open_service(server, output_names=None), ["a good film but long"])
    np.testing.assert_allclose(ex.values.ravel(), [0, 2, 0, -1, 0], atol=1e-9)
    assert set(server.rows.values()) == {1}


def test_images_are_asked_about_and_known_again(rng):
    images = rng.normal(size=(3, 4, 5))
    sizes = []

    def bright(batch):
        sizes.append(batch.shape)
        return batch.mean(axis=(1, 2))

    service = Service(bright, output_names=["light"], probe=0)
    service.predict(images)
    np.testing.assert_array_equal(service.predict(images[::-1])[:, 0], images[::-1].mean(axis=(1, 2)))
    assert sizes == [(3, 4, 5)]


def test_retry_after_is_waited_for_and_counts_no_repeat_as_failure(server, X):
    server.act = lambda number, rows: (429, {"Retry-After": "0.2"}, "slow down") if number in (2, 3, 4) else None
    service = open_service(server, retries=0)
    np.testing.assert_array_equal(service.predict(X), expected(X))
    assert (server.requests, server.asked) == (7, 40)
    assert np.diff(server.times)[1:4].min() > 0.19


def test_all_requests_wait_when_one_is_told_to(server, X):
    server.act = lambda number, rows: (503, {"Retry-After": "0.4"}, "") if number == 4 else None
    server.delay = 0.02
    open_service(server, concurrency=3, batch_size=2).predict(X)
    assert np.diff(server.times).max() > 0.3


def test_a_service_that_asks_for_more_patience_than_there_is_is_given_up(server, X):
    server.act = lambda number, rows: (429, {"Retry-After": "3600"}, "") if number > 2 else None
    with pytest.raises(
        ModelFailedError, match=r"answered 429 Too Many Requests and asks to wait 3.6e\+03 s in all"
    ) as e:
        open_service(server, cache=None).predict(X)
    assert "20 of 40 rows were answered and are kept as long as the Service lives" in str(e.value)


@pytest.mark.parametrize(
    "fault",
    [
        (500, {}, "sorry"),
        (502, {}, ""),
        "drop",
        (200, {}, '{"predictions": [1, '),
        (200, {"Content-Length": 5000}, '{"predictions": [1.0'),
    ],
    ids=["500", "502", "dropped connection", "malformed JSON", "cut short"],
)
def test_failures_are_asked_again_only_where_that_does_no_harm(server, X, fault):
    server.act = lambda number, rows: fault if number % 3 == 0 else None
    server.timeout = 2
    np.testing.assert_array_equal(open_service(server, idempotent=True, timeout=1).predict(X), expected(X))
    asked = server.requests
    with pytest.raises(ModelFailedError, match="was not asked again, which idempotent=True allows"):
        open_service(server, timeout=1).predict(X[::-1] + 1)
    assert server.requests <= asked + 3


def test_a_timeout_is_one_of_them(server, X):
    slow = itertools.count()
    server.act = lambda number, rows: time.sleep(0.5) if next(slow) == 0 else None
    answers = open_service(server, idempotent=True, timeout=0.2).predict(X[:5])
    np.testing.assert_array_equal(answers, expected(X[:5]))
    assert server.requests == 2


def test_giving_up_says_what_was_answered_and_the_next_run_goes_on(server, X, tmp_path):
    server.act = lambda number, rows: (500, {}, "out of memory") if number > 2 else None
    kept = tmp_path / "answers.sqlite"
    with pytest.raises(ModelFailedError) as caught:
        open_service(server, idempotent=True, retries=2, cache=kept).predict(X)
    assert str(caught.value) == (
        f"service {server.url} answered 500 Internal Server Error: 'out of memory', 3 times in a row; 20 of 40 rows "
        f"were answered and are kept in {kept}, so that asking again goes on from there."
    )
    server.act = lambda number, rows: None
    np.testing.assert_array_equal(open_service(server, cache=kept).predict(X), expected(X))
    assert set(server.rows.values()) == {1}


def test_a_request_that_is_wrong_is_never_repeated(server, X):
    server.act = lambda number, rows: (400, {}, '{"error": "no column x"}')
    with pytest.raises(ModelFailedError, match=r"answered 400 Bad Request: '\{\"error\": \"no column x\"\}'; 0 of 40"):
        open_service(server, idempotent=True).predict(X)
    assert server.requests == 1


def test_a_service_that_is_not_there_is_said_to_be(X):
    service = Service.http("http://127.0.0.1:9/score", output_names=["y"], retries=2, backoff=0.01)
    with pytest.raises(ModelFailedError, match="refused the connection, 3 times in a row; 0 of 40 rows"):
        service.predict(X)


@pytest.mark.parametrize(
    ("body", "said"),
    [
        ('{"predictions": [1, 2, 3]}', r"answered 10 rows with shape \(3, 1\) where shape \(10, 1\) are needed"),
        ('{"predictions": ["a"]}', "with something other than numbers"),
        ('{"scores": [1]}', r"an object without 'predictions' \(it has 'scores'\); pass decode="),
        ("7", r"answered 10 rows with shape \(\) where"),
    ],
    ids=["too few", "words", "another key", "one number"],
)
def test_answers_of_another_shape_are_refused(server, X, body, said):
    server.act = lambda number, rows: (200, {}, body)
    with pytest.raises(ModelFailedError, match=said):
        open_service(server, idempotent=True).predict(X)
    assert server.requests == 1


def test_a_row_without_a_number_is_named_and_the_others_of_its_batch_are_kept(server, X):
    server.score = lambda row: None if row == X[3].tolist() else score(row)
    service = open_service(server)
    with pytest.raises(
        ModelFailedError, match=r"answered row 3, \[\[.*\]\], with \[nan\].*; 9 of 10 rows were answered"
    ):
        service.predict(X[:10])
    server.score = score
    service.predict(X[:10])
    assert server.asked == 11


@pytest.mark.parametrize("concurrency", [1, 4, 8])
def test_bits_do_not_depend_on_how_many_requests_are_in_flight(server, X, concurrency):
    server.delay = 0.02
    ex = PermutationSHAP(open_service(server, concurrency=concurrency), X[:3], permutations=3).explain(X[5:8])
    alone = PermutationSHAP(expected, X[:3], permutations=3).explain(X[5:8])
    np.testing.assert_array_equal(ex.values, alone.values)
    assert server.busiest <= concurrency
    assert server.busiest > 1 or concurrency == 1


def test_no_more_requests_a_second_than_allowed(server, X):
    open_service(server, rate=20.0, concurrency=4, batch_size=5).predict(X)
    assert np.diff(server.times).min() > 0.03
    assert server.times[-1] - server.times[0] > 0.3


def test_a_model_that_answers_differently_is_found_out(X):
    calls = itertools.count()
    service = Service(lambda rows: rows[:, 0] + next(calls), output_names=["y"])
    with pytest.raises(
        ModelFailedError, match=r"answered row 0, \[\[.*\]\], with \[.*\] first and with \[.*\] when asked"
    ):
        service.predict(X)
    trusted = Service(lambda rows: rows[:, 0] + next(calls), output_names=["y"], probe=0)
    np.testing.assert_array_equal(trusted.predict(X), trusted.predict(X))
    wavering = Service(lambda rows: rows[:, 0] + next(calls) * 1e-9, output_names=["y"])
    wavering.predict(X)


def test_a_cache_of_a_model_that_has_changed_is_found_out(server, X, tmp_path):
    open_service(server, cache=tmp_path / "a.sqlite").predict(X)
    server.score = lambda row: score(row) + 1
    service = open_service(server, cache=tmp_path / "a.sqlite", probe=3)
    asked = server.asked
    with pytest.raises(ModelFailedError, match=r"in an earlier run .* another cache if the model has changed"):
        service.predict(np.concatenate([X, X + 1]))
    assert server.asked == asked + 3


def test_a_probe_is_made_once(server, X):
    service = open_service(server, probe=2)
    for k in range(4):
        service.predict(X[k * 10 :])
    assert server.asked == 42


def test_a_cache_is_of_one_service(server, X, tmp_path):
    Service(adder, output_names=["y"], cache=tmp_path / "a.sqlite").predict(X)
    with pytest.raises(FileFormatError, match=r"holds answers of 'adder' and this is 'http.*name='adder' if both"):
        open_service(server, cache=tmp_path / "a.sqlite")
    other = Service(lambda rows: rows[:, :2], output_names=["a", "b"], name="adder", cache=tmp_path / "a.sqlite")
    with pytest.raises(ModelFailedError, match=r"has answers in a.sqlite with 1 outputs where there should be 2"):
        other.predict(X)


def test_a_function_may_say_that_it_is_busy(X):
    calls = []

    def limited(rows):
        calls.append(len(rows))
        if len(calls) in (1, 2):
            raise BusyError
        return rows[:, 0]

    service = Service(limited, output_names=["y"], backoff=0.01, probe=0)
    np.testing.assert_array_equal(service.predict(X)[:, 0], X[:, 0])
    assert len(calls) == 3


def test_a_function_that_raises_is_not_called_again_without_leave(X):
    calls = []

    def broken(rows):
        calls.append(len(rows))
        raise KeyError("price")

    with pytest.raises(
        ModelFailedError, match=r"^service broken raised KeyError: 'price'; 0 of 40 rows .*\.$"
    ) as caught:
        Service(broken, output_names=["y"], idempotent=True).predict(X)
    assert isinstance(caught.value.__cause__, KeyError)
    assert len(calls) == 1
    with pytest.raises(ModelFailedError, match="3 times in a row"):
        Service(broken, output_names=["y"], idempotent=True, retry_on=(KeyError,), retries=2, backoff=0.01).predict(X)


def test_headers_are_sent_and_never_shown(server, X):
    service = open_service(server, headers={"Authorization": "Bearer s3cret"})
    server.act = lambda number, rows: (401, {}, "who are you")
    with pytest.raises(ModelFailedError) as caught:
        service.predict(X)
    assert server.headers[0]["Authorization"] == "Bearer s3cret"
    assert "s3cret" not in f"{caught.value}{service!r}{service.model().notes()}{service._asking._calls.ask!r}"


def test_what_is_sent_and_what_comes_back_may_be_anything(server, X):
    server.act = lambda number, rows: (200, {}, json.dumps({"p": [[1 - len(r), len(r)] for r in rows]}))
    service = Service.http(
        server.url,
        encode=lambda rows: json.dumps({"instances": rows.tolist()}).encode(),
        decode=lambda answer: answer["p"],
        output_names=["no", "yes"],
    )
    np.testing.assert_array_equal(service.predict(X), np.tile([-3.0, 4.0], (40, 1)))


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"batch_size": 0}, "batch_size must be a whole number of at least 1, got 0"),
        ({"concurrency": 1.5}, "concurrency must be"),
        ({"rate": -1.0}, "rate must be"),
        ({"timeout": 0.0}, "timeout must be"),
        ({"retry_on": [OSError], "idempotent": True}, "retry_on must be a tuple of exception classes"),
    ],
    ids=lambda value: next(iter(value)) if isinstance(value, dict) else "",
)
def test_settings_are_checked(settings, said):
    with pytest.raises(ParameterError, match=said):
        Service.http("http://127.0.0.1/score", **settings)


def test_what_is_no_service_is_refused(tmp_path):
    with pytest.raises(ArgumentTypeError, match=r"ask must be a function .* got str; for an address use Service.http"):
        Service("http://127.0.0.1/score")
    with pytest.raises(ParameterError, match="must be an http or https address, got 'file:///etc/hosts'"):
        Service.http("file:///etc/hosts")
    with pytest.raises(OutputError, match=r"cannot be used .* a folder that can be written to"):
        Service(adder, cache=tmp_path / "nowhere" / "a.sqlite")
    with pytest.raises(ArgumentTypeError, match="a row that holds a object cannot be kept"):
        Service(adder, output_names=["y"]).predict(np.array([[object()]], dtype=object))


CHILD = textwrap.dedent("""
    import sys
    import numpy as np
    from pellucid.models import Service
    X = np.random.default_rng(0).normal(size=(200, 3))
    service = Service.http(sys.argv[1], output_names=["y"], batch_size=10, cache=sys.argv[2], probe=0,
                           concurrency=int(sys.argv[3]))
    try:
        print(service.predict(X).sum())
    except KeyboardInterrupt:
        print("stopped", flush=True)
""")


def start(server, path, concurrency):
    command = [sys.executable, "-c", CHILD, server.url, str(path), str(concurrency)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True)


@pytest.mark.parametrize("concurrency", [1, 4])
def test_a_killed_run_goes_on_where_it_was(server, tmp_path, concurrency):
    kept = tmp_path / "answers.sqlite"
    ready = threading.Event()

    def kill_at_the_eighth(number, rows):
        if number == 8:
            ready.wait(10)
            os.kill(child.pid, signal.SIGKILL)

    server.act = kill_at_the_eighth
    child = start(server, kept, concurrency)
    ready.set()
    child.communicate(timeout=60)
    assert child.returncode == -signal.SIGKILL
    answered = server.asked
    assert 70 <= answered <= 110
    again = start(server, kept, concurrency)
    out, _ = again.communicate(timeout=60)
    assert again.returncode == 0
    X = np.random.default_rng(0).normal(size=(200, 3))
    assert float(out) == pytest.approx(expected(X).sum(), rel=1e-12)
    # what was in flight when the process died was lost, and nothing else was asked about twice
    assert len(server.rows) == 200
    assert server.asked - 200 <= 10 * concurrency


def test_ctrl_c_keeps_what_was_answered_and_what_is_in_flight(server, tmp_path):
    kept = tmp_path / "answers.sqlite"
    server.act = lambda number, rows: time.sleep(4.0 if number == 5 else 0.0)
    child = start(server, kept, 1)
    while server.requests < 5:
        time.sleep(0.01)
    child.send_signal(signal.SIGINT)
    pressed = time.monotonic()
    assert child.stdout.readline() == "stopped\n"
    assert time.monotonic() - pressed < 0.7
    child.communicate(timeout=60)
    assert server.asked == 50
    server.act = lambda number, rows: None
    start(server, kept, 1).communicate(timeout=60)
    assert set(server.rows.values()) == {1}


def test_a_bar_is_shown_where_it_is_asked_for(X, capsys):
    Service(adder, output_names=["y"], batch_size=10, progress=True, probe=0).predict(X)
    assert "asking adder" in capsys.readouterr().err
