"""What is generated from the sources is up to date, and the names a beginner needs are there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import pellucid
from pellucid.core import registry

ROOT = Path(__file__).parents[2]


def test_generated_files_are_up_to_date():
    run = subprocess.run(
        [sys.executable, str(ROOT / "tools" / "make_api.py"), "--check"], capture_output=True, text=True, check=False
    )
    assert run.returncode == 0, f"run make api: {run.stdout}{run.stderr}"


@pytest.mark.parametrize("name", pellucid.__all__)
def test_every_public_name_can_be_had(name):
    assert getattr(pellucid, name) is not None


def test_a_name_that_is_not_there_is_an_attribute_error():
    with pytest.raises(AttributeError, match="no attribute 'explian'"):
        pellucid.explian  # noqa: B018
    with pytest.raises(AttributeError, match="no attribute 'TreeShap'"):
        pellucid.attribution.TreeShap  # noqa: B018


def test_folders_list_their_methods():
    assert set(registry.family_names("attribution")) == set(dir(pellucid.attribution))


def test_the_plots_people_know_are_there():
    kinds = set(registry.plot_kinds("Attribution"))
    assert {"bar", "beeswarm", "waterfall", "scatter", "force", "decision", "heatmap"} <= kinds
