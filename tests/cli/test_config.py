"""Settings from files."""

from __future__ import annotations

from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pellucid.cli.config import settings_for
from pellucid.cli.options import common, language, seed
from pellucid.cli.shell import Shell


@pytest.fixture
def heard(tmp_path, monkeypatch):
    """Run a command with two options in a folder with these files, and say what it heard."""
    monkeypatch.chdir(tmp_path)

    def listen(files, *arguments):
        for name, text in files.items():
            Path(name).write_text(text, encoding="utf-8")

        @click.group(cls=Shell)
        @common
        def group():
            pass

        @group.command()
        @language
        @seed
        @click.option("--trust-pickle", is_flag=True)
        @common
        def speak(language, seed, trust_pickle):
            click.echo(f"{language} {seed} {trust_pickle}")

        result = CliRunner().invoke(group, arguments or ["speak"])
        return result.stdout.strip() if result.exit_code == 0 else (result.exit_code, result.stderr)

    return listen


def test_pellucid_toml_of_the_working_folder_sets_defaults(heard):
    assert heard({"pellucid.toml": "[speak]\nlanguage = 'zh'\nseed = 7\n"}) == "zh 7 False"


def test_flags_win_over_the_file(heard):
    assert heard({"pellucid.toml": "[speak]\nseed = 7\n"}, "speak", "--seed", "2") == "en 2 False"


def test_pyproject_toml_is_read_where_there_is_no_pellucid_toml(heard):
    files = {"pyproject.toml": "[project]\nname = 'x'\n[tool.pellucid.speak]\nseed = 3\n"}
    assert heard(files) == "en 3 False"
    assert heard(files | {"pellucid.toml": "seed = 4"}) == "en 4 False"


def test_keys_outside_the_tables_are_for_every_command_and_the_table_wins(heard):
    assert heard({"pellucid.toml": "seed = 5\nlanguage = 'zh'\n[speak]\nseed = 6\n"}) == "zh 6 False"


@pytest.mark.parametrize("place", [("--config", "my.toml", "speak"), ("speak", "--config", "my.toml")])
def test_config_names_the_file_before_or_behind_the_command(heard, place):
    assert heard({"my.toml": "seed = 8", "pellucid.toml": "seed = 4"}, *place) == "en 8 False"


@pytest.mark.parametrize("text", ["sede = 1", "[speak]\nsede = 1", "[tell]\nseed = 1"])
def test_an_unknown_key_is_one_sentence_with_the_known_ones(heard, text):
    code, sentence = heard({"pellucid.toml": text})
    assert code == 2
    assert sentence.count("\n") == 1
    assert "is not a setting; known are language, seed" in sentence


def test_trust_in_a_pickle_is_never_read_from_a_file(heard):
    code, sentence = heard({"pellucid.toml": "[speak]\ntrust-pickle = true"})
    assert code == 2
    assert "taken from the command line only" in sentence


def test_a_value_of_the_wrong_kind_is_refused_like_a_flag(heard):
    code, sentence = heard({"pellucid.toml": "language = 'fr'"})
    assert code == 2
    assert "'fr' is not one of 'en', 'zh'" in sentence


def test_a_file_that_is_not_toml_is_one_sentence(heard):
    code, sentence = heard({"pellucid.toml": "= ="})
    assert code == 2
    assert sentence.startswith("pellucid: pellucid.toml cannot be read as TOML")


def test_a_config_file_that_is_missing_is_one_sentence(heard):
    code, sentence = heard({}, "--config", "none.toml", "speak")
    assert code == 2
    assert "none.toml" in sentence


def test_a_command_that_is_not_in_a_group_has_no_settings(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert settings_for(click.Context(click.Command("alone")), None) == {}
