"""What the package's metadata ask for."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from pellucid.cli.requirements import Requirement, requirements, version_of_import

PROJECT = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text(encoding="utf-8"))["project"]


def test_requirements_are_those_of_pyproject():
    asked = {(need.name + need.wanted, need.extra) for need in requirements()}
    expected = {(line.replace(" ", ""), None) for line in PROJECT["dependencies"]}
    for extra, lines in PROJECT["optional-dependencies"].items():
        expected |= {(line, extra) for line in lines if not line.startswith("pellucid[")}
    assert asked == expected


@pytest.mark.parametrize(
    ("wanted", "installed", "met"),
    [
        (">=1.26", "1.26", True),
        (">=1.26", "1.9.3", False),
        (">=2.0", "2.0.1rc1", True),
        (">=1,<3", "2.5", True),
        ("", "1", True),
        ("", None, False),
    ],
)
def test_versions_are_compared_as_numbers(wanted, installed, met):
    assert Requirement("x", wanted, None, installed).met is met


def test_import_names_find_their_distribution():
    assert version_of_import("sklearn") is not None
    assert version_of_import("no_such_package") is None
