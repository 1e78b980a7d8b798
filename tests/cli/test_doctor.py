"""What is installed, and what to do."""

from __future__ import annotations

import json
import sys

import pytest

from pellucid.cli import doctor, requirements
from pellucid.core import native


def test_json_says_what_the_machine_has(run):
    result = run("doctor", "--json")
    found = json.loads(result.stdout)
    assert (result.exit_code, result.stderr) == (0, "")
    assert found["engine"]["path"] == native.simd_path()
    assert found["engine"]["threads"] == native.default_threads()
    assert set(found["engine"]["paths"]) == {path.name for path in native.simd_paths()}
    assert {"numpy", "scikit-learn", "click"} <= found["needed"].keys()
    assert {"xgboost", "lightgbm", "sklearn"} <= found["models"].keys()
    assert found["extras"]["parquet"].keys() == {"pyarrow"}
    assert found["healthy"] is True


def test_the_text_fits_in_80_columns(run):
    result = run("doctor")
    assert result.exit_code == 0
    assert max(map(len, result.stdout.splitlines())) <= 80
    assert "instructions" in result.stdout


@pytest.fixture
def lacking(monkeypatch):
    """Pretend that some distributions are not installed."""

    def pretend(*names):
        installed = requirements._version
        monkeypatch.setattr(requirements, "_version", lambda name: None if name in names else installed(name))

    return pretend


def test_a_missing_extra_is_advice_with_the_command_that_adds_it(run, lacking):
    lacking("shap")
    result = run("doctor")
    assert result.exit_code == 0
    assert "pip install 'pellucid[shap]' adds shap" in " ".join(result.stdout.split())


def test_a_missing_need_is_advice_and_exit_code_1(run, lacking):
    lacking("tqdm")
    result = run("doctor", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout)["advice"][0].startswith("pip install --upgrade 'tqdm>=")


def test_an_engine_that_does_not_load_is_advice_and_exit_code_1(run, monkeypatch):
    monkeypatch.setitem(sys.modules, "pellucid.core.native", None)
    result = run("doctor")
    assert result.exit_code == 1
    assert "engine     does not load" in result.stdout
    assert "--force-reinstall" in result.stdout


def test_a_machine_without_a_chinese_font_is_told_how_to_get_one(run, monkeypatch):
    monkeypatch.setattr(doctor, "_chinese_font", lambda: None)
    result = run("doctor")
    assert result.exit_code == 0
    assert "fonts-noto-cjk" in result.stdout


def test_when_nothing_lacks_it_says_so(run, monkeypatch):
    monkeypatch.setattr(doctor, "_advice", lambda _: [])
    assert run("doctor").stdout.endswith("All is well.\n")
