"""Decision: paths from the base to the predictions."""

from __future__ import annotations

import numpy as np
from matplotlib.collections import LineCollection
from matplotlib.colors import to_hex
from matplotlib.figure import Figure
from matplotlib.text import Text

from pellucid.plots.decision import decision
from pellucid.plots.style import LIGHT


def paths(ax):
    lines = next(child for child in ax.collections if isinstance(child, LineCollection))
    return lines.get_segments(), [to_hex(colour) for colour in lines.get_colors()]


def test_a_path_starts_at_the_base_and_adds_the_most_important_last(make):
    ax = decision(make([[1.0, 5.0, -2.0]], names=["a", "b", "c"], base=10.0), ax=Figure())
    ((path,), _) = paths(ax)
    assert [label.get_text() for label in ax.get_yticklabels()] == ["b", "c", "a"]
    np.testing.assert_allclose(path, [[14.0, -0.5], [9.0, 0.5], [11.0, 1.5], [10.0, 2.5]])
    assert "prediction 14.0" in [text.get_text() for text in ax.texts]


def test_every_path_ends_at_its_prediction(wide):
    segments, colours = paths(decision(wide, ax=Figure()))
    np.testing.assert_allclose(sorted(path[0][0] for path in segments), np.sort(wide.predictions[:, 0]))
    np.testing.assert_allclose([path[-1][0] for path in segments], 2.0)
    for path, colour in zip(segments, colours, strict=True):
        assert colour == (LIGHT.positive if path[0][0] >= 2.0 else LIGHT.negative)


def test_of_many_rows_a_sample_is_drawn_and_the_key_says_so(make, rng):
    ax = decision(make(rng.normal(size=(1_000, 3)), names=["a", "b", "c"]), ax=Figure())
    assert len(paths(ax)[0]) == 300
    assert "300 of 1,000 rows" in {text.get_text() for child in ax.child_axes for text in child.findobj(Text)}
