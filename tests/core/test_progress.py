"""One bar, however deep the work is nested; nothing where nothing is to be shown."""

from __future__ import annotations

import re
from functools import partial

import numpy as np
import pytest
import tqdm.auto

from pellucid.attribution import ExactSHAP, KernelSHAP, Occlusion, PermutationSHAP, ShapleyInteractions
from pellucid.attribution.perturbation.rise import RISE
from pellucid.core import progress
from pellucid.core.progress import track
from pellucid.core.streams import MeanAbsolute
from pellucid.maskers import Patches, Text
from pellucid.models import Service

TEXTS = ["one two three", "four five six seven", "eight nine"]


def length(texts):
    return np.array([len(text) ** 1.5 for text in texts])


def shown(capsys):
    """(labels, percentages) in the order in which they were written."""
    written = capsys.readouterr().err
    return set(re.findall(r"([A-Za-z ]+): +\d+%", written)), [int(p) for p in re.findall(r"(\d+)%\|", written)]


@pytest.fixture(autouse=True)
def _every_step_is_written(monkeypatch):
    monkeypatch.setattr(tqdm.auto, "tqdm", partial(tqdm.auto.tqdm, mininterval=0))


@pytest.mark.parametrize("method", [ExactSHAP, KernelSHAP, PermutationSHAP, Occlusion])
def test_texts_have_one_bar_over_all_of_them(method, capsys):
    method(length, Text(), progress=True).explain(TEXTS)
    labels, percentages = shown(capsys)
    assert labels == {method.__name__}
    assert percentages == sorted(percentages)
    assert percentages[0] == 0
    assert percentages[-1] == 100


def test_images_have_one_bar_over_all_of_them(capsys):
    images = np.random.default_rng(0).random((3, 16, 16))
    RISE(lambda given: given.mean(axis=(1, 2)), Patches(4, absent=0), masks=40, progress=True).explain(images)
    labels, percentages = shown(capsys)
    assert labels == {"RISE"}
    assert percentages == sorted(percentages)


@pytest.mark.parametrize(
    "method", [ExactSHAP, KernelSHAP, PermutationSHAP, Occlusion], ids=lambda method: method.__name__
)
def test_without_progress_nothing_is_written_on_a_terminal(method, capsys, monkeypatch):
    monkeypatch.setattr(progress, "_interactive", lambda: True)
    method(Service(length, output_names=["length"], batch_size=2, probe=0), Text(), progress=False).explain(TEXTS)
    assert capsys.readouterr().err == ""


def test_a_service_moves_the_bar_of_the_method_that_asks_it(capsys, monkeypatch):
    monkeypatch.setattr(progress, "_interactive", lambda: True)
    service = Service(lambda rows: np.asarray(rows).sum(axis=1), output_names=["sum"], batch_size=50, probe=0)
    X = np.random.default_rng(0).normal(size=(20, 6))
    ShapleyInteractions(service, X).explain(X[:3], check=False)
    labels, percentages = shown(capsys)
    assert "ShapleyInteractions" in labels
    between = percentages[percentages.index(0) :]
    assert len(set(between)) > 5, "one block of rows is one step, but its requests are many"


def test_a_stream_of_many_steps_shows_one_bar(capsys):
    X = np.random.default_rng(0).normal(size=(40, 4))
    method = ExactSHAP(lambda rows: rows.sum(axis=1), X[:5], progress=True)
    method.stream(X, MeanAbsolute(), chunk=10, progress=True)
    labels, percentages = shown(capsys)
    assert labels == {"stream"}
    assert percentages == sorted(percentages)


def test_only_the_first_loop_inside_a_step_moves_the_bar(capsys):
    for _ in track(range(2), total=2, label="outer", show=True):
        for _ in range(2):
            for _ in track(range(4), total=4, label="inner"):
                list(track(range(2), total=2, label="innermost"))
    labels, percentages = shown(capsys)
    assert labels == {"outer"}
    assert percentages == sorted(percentages)
    assert {0, 6, 12, 25, 50, 100} <= set(percentages)


def test_steps_of_unknown_number_are_counted(capsys):
    for _ in track(iter(range(3)), total=None, label="chunks", show=True):
        list(track(range(2), total=2, label="inner", show=True))
    written = capsys.readouterr().err
    assert "chunks: 3it" in written
    assert "inner" not in written


def test_an_error_inside_leaves_no_bar_around_later_ones(capsys):
    def fail():
        steps = track(range(3), total=3, label="failing", show=True)  # which the kept traceback keeps
        for step in steps:
            for _ in track(range(2), total=2, label="inside"):
                if step == 1:
                    raise RuntimeError

    with pytest.raises(RuntimeError) as kept:
        fail()
    assert kept.value.__traceback__ is not None
    capsys.readouterr()
    list(track(range(2), total=2, label="later", show=True))
    assert shown(capsys)[0] == {"later"}


def test_a_loop_inside_a_hidden_one_may_insist(capsys):
    for _ in track(range(2), total=2, label="outer", show=False):
        list(track(range(2), total=2, label="silent"))
        list(track(range(2), total=2, label="insists", show=True))
    assert shown(capsys)[0] == {"insists"}
