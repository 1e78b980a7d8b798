"""Stop, go on, refine: behind a Service nothing is asked twice, by any method that samples coalitions."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from pellucid.attribution import ExactSHAP, KernelSHAP, PartitionSHAP, PermutationSHAP, ProxySHAP, ShapleyInteractions
from pellucid.core.errors import ModelFailedError
from pellucid.maskers import Text
from pellucid.models import Service

RNG = np.random.default_rng(4)
P = 12
ROWS, BACKGROUND = RNG.normal(size=(2, P)), RNG.normal(size=(3, P))
MIX = RNG.normal(size=(P, 5))

#: method, settings of a first run, settings of a finer one
REFINED = [
    (KernelSHAP, {"budget": 60}, {"budget": 301}),
    (KernelSHAP, {"budget": 301}, {"budget": 700}),
    (KernelSHAP, {"budget": 26}, {"budget": 500, "tolerance": 1e-9}),
    (ProxySHAP, {"budget": 60}, {"budget": 300}),
    (PermutationSHAP, {"permutations": 3}, {"permutations": 21}),
    (PermutationSHAP, {"permutations": 70}, {"permutations": 90, "tolerance": 1e-9}),
    (PartitionSHAP, {"hierarchy": {}, "budget": 250}, {"hierarchy": {}, "budget": 600}),
    (ShapleyInteractions, {"budget": 60}, {"budget": 500}),
]
refined = pytest.mark.parametrize(
    ("method", "first", "finer"),
    REFINED,
    ids=[f"{method.__name__} {' '.join(map(str, first.values()))}" for method, first, _ in REFINED],
)


class Asked:
    """A function that counts its rows, and fails after some of them."""

    def __init__(self, most=np.inf):
        self.rows, self.most = [], most

    def __call__(self, rows):
        if len(self.rows) + len(rows) > self.most:
            raise RuntimeError("the machine was switched off")
        self.rows += [np.asarray(row).tobytes() for row in np.asarray(rows)]
        return np.tanh(np.asarray(rows, dtype=float) @ MIX).sum(axis=1)


def service(function, cache):
    return Service(function, output_names=["score"], cache=cache, name="score", probe=0, batch_size=50)


@refined
def test_a_finer_run_asks_only_for_what_is_new(method, first, finer, tmp_path):
    alone, asked = Asked(), Asked()
    expected = method(service(alone, None), BACKGROUND, **finer).explain(ROWS)
    method(service(asked, tmp_path / "answers.sqlite"), BACKGROUND, **first).explain(ROWS)
    after_first = len(asked.rows)
    found = method(service(asked, tmp_path / "answers.sqlite"), BACKGROUND, **finer).explain(ROWS)
    assert 0 < after_first < len(asked.rows)
    assert sorted(asked.rows) == sorted(alone.rows), "all that the first run asked about is part of the finer one"
    np.testing.assert_array_equal(found.values, expected.values)


@pytest.mark.parametrize("method", [ExactSHAP, KernelSHAP, PermutationSHAP, PartitionSHAP, ShapleyInteractions])
def test_a_run_that_broke_off_goes_on_where_it_was(method, tmp_path):
    whole, broken, resumed = Asked(), Asked(most=400), Asked()
    expected = method(service(whole, None), BACKGROUND).explain(ROWS)
    with pytest.raises(ModelFailedError, match="switched off"):
        method(service(broken, tmp_path / "answers.sqlite"), BACKGROUND).explain(ROWS)
    found = method(service(resumed, tmp_path / "answers.sqlite"), BACKGROUND).explain(ROWS)
    assert len(broken.rows) > 300
    assert sorted(broken.rows + resumed.rows) == sorted(whole.rows)
    np.testing.assert_array_equal(found.values, expected.values)


def test_ctrl_c_loses_only_what_was_in_flight(tmp_path):
    class Interrupted(Asked):
        def __call__(self, rows):
            if len(self.rows) > 200:
                raise KeyboardInterrupt
            return super().__call__(rows)

    broken, resumed, whole = Interrupted(), Asked(), Asked()
    KernelSHAP(service(whole, None), BACKGROUND).explain(ROWS)
    with pytest.raises(KeyboardInterrupt):
        KernelSHAP(service(broken, tmp_path / "answers.sqlite"), BACKGROUND).explain(ROWS)
    KernelSHAP(service(resumed, tmp_path / "answers.sqlite"), BACKGROUND).explain(ROWS)
    assert sorted(broken.rows + resumed.rows) == sorted(whole.rows)


def test_frames_and_texts_are_known_again(tmp_path):
    names = [f"x{j}" for j in range(P)]
    frame, background = (pd.DataFrame(part, columns=names) for part in (ROWS, BACKGROUND))
    asked = Asked()
    for budget in (60, 200, 200):
        KernelSHAP(service(asked, tmp_path / "frames.sqlite"), background, budget=budget).explain(frame)
    alone = Asked()
    KernelSHAP(service(alone, None), background, budget=200).explain(frame)
    assert len(asked.rows) == len(alone.rows)

    given = []

    def length(texts):
        given.extend(texts)
        return [float(len(text)) ** 1.5 for text in texts]

    for budget in (40, 120):
        KernelSHAP(service(length, tmp_path / "texts.sqlite"), Text(), budget=budget).explain(["a bc def g hi j k l m"])
    assert len(given) == len(set(given))
