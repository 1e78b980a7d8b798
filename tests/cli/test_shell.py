"""How commands end."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import warnings
from pathlib import Path

import click
import pytest
from click.testing import CliRunner

from pellucid.cli.options import common
from pellucid.cli.shell import Shell
from pellucid.core.errors import InputError

PELLUCID = [sys.executable, "-m", "pellucid.cli.main"]


@pytest.fixture
def end():
    """Run a command that does what is given, and say how it ended."""

    def ending(action, *arguments):
        @click.group(cls=Shell)
        def group():
            pass

        group.add_command(common(click.command("act")(action)) if arguments else click.command("act")(action))
        return CliRunner().invoke(group, ["act", *arguments])

    return ending


def failing(error):
    def action():
        raise error

    return action


def test_an_error_of_ours_is_one_sentence_and_exit_code_1(end):
    result = end(failing(InputError("the rows are\nempty; pass some.")))
    assert (result.exit_code, result.stderr) == (1, "pellucid: the rows are empty; pass some.\n")


def test_an_unexpected_error_is_one_sentence_too_and_asks_for_a_report(end):
    result = end(failing(KeyError("x")))
    assert result.exit_code == 1
    assert result.stderr == (
        "pellucid: unexpected KeyError: 'x'; this should not happen, so please report what --debug shows.\n"
    )


def test_debug_lets_the_error_through_with_its_traceback(end):
    assert isinstance(end(failing(InputError("no.")), "--debug").exception, InputError)


def test_ctrl_c_is_one_line_and_exit_code_130(end):
    result = end(failing(KeyboardInterrupt()))
    assert (result.exit_code, result.stderr) == (130, "pellucid: stopped; nothing half-written is left behind.\n")


def test_a_wrong_option_is_one_sentence_that_names_the_help_and_exit_code_2(run):
    result = run("demo", "--rowz", "3")
    assert result.exit_code == 2
    assert result.stderr.count("\n") == 1
    assert "--rowz" in result.stderr
    assert result.stderr.endswith("See 'pellucid demo --help'.\n")


def test_a_warning_is_one_line_without_file_and_line(end):
    def action():
        warnings.warn("columns\nlook odd", UserWarning, stacklevel=1)

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        result = end(action)
    assert (result.exit_code, result.stderr) == (0, "pellucid: UserWarning: columns look odd\n")


def test_what_a_terminal_cannot_show_does_not_stop_the_command():
    environment = {**os.environ, "PYTHONIOENCODING": "ascii"}
    done = subprocess.run([*PELLUCID, "report", "--help"], env=environment, capture_output=True, check=False)
    assert (done.returncode, done.stderr) == (0, b"")


def test_a_reader_that_goes_away_is_not_an_error():
    command = subprocess.Popen([*PELLUCID, "doctor", "--json"], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    command.stdout.close()
    assert command.stderr.read() == b""
    command.stderr.close()
    assert command.wait() == 0


def test_ctrl_c_in_the_middle_of_the_demo_leaves_no_file(tmp_path):
    command = subprocess.Popen(
        [*PELLUCID, "demo"], cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    while not command.stdout.readline().startswith("data"):
        assert command.poll() is None
    command.send_signal(signal.SIGINT)
    _, stderr = command.communicate(timeout=20)
    assert (command.returncode, stderr) == (130, "pellucid: stopped; nothing half-written is left behind.\n")
    assert list(Path(tmp_path).iterdir()) == []
