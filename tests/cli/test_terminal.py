"""Lines on a terminal."""

from __future__ import annotations

import pytest

from pellucid.cli import terminal
from pellucid.cli.terminal import field, note, pad, stage, table, width, wrap


@pytest.mark.parametrize(("text", "columns"), [("abc", 3), ("索赔", 4), ("e\u0301", 1), ("", 0)])
def test_width_counts_columns_not_letters(text, columns):
    assert width(text) == columns


def test_padding_aligns_wide_letters():
    assert [pad("ab", 4), pad("索", 4), pad("索", 4, right=True)] == ["ab  ", "索  ", "  索"]


def test_wrapping_breaks_at_blanks_and_keeps_long_words_whole():
    assert wrap("one two-and-a-half three", 8) == ["one", "two-and-a-half", "three"]


def test_wrapping_breaks_between_wide_letters_but_not_before_a_full_stop():
    assert wrap("解释模型。", 8) == ["解释模", "型。"]


def test_wrapping_nothing_gives_one_empty_line():
    assert wrap("", 10) == [""]


def test_a_field_is_wrapped_beside_its_label(capsys, monkeypatch):
    monkeypatch.setenv("COLUMNS", "20")
    field("数据", "one two three four five", labels=6)
    assert capsys.readouterr().out.splitlines() == ["数据    one two", "        three four", "        five"]


def test_a_table_is_aligned(capsys):
    table(["column", "share"], [["索赔金额", "9%"], ["b", "10%"]])
    assert capsys.readouterr().out.splitlines() == ["column    share", "索赔金额     9%", "b           10%"]


def test_stages_are_told_on_a_terminal_only(capsys, monkeypatch):
    with stage("training"):
        pass
    assert capsys.readouterr() == ("", "")
    monkeypatch.setattr(terminal.sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    with stage("training"):
        pass
    out, err = capsys.readouterr()
    assert out == ""
    assert "training …" in err


def test_a_remark_takes_the_place_of_the_stage(capsys, monkeypatch):
    monkeypatch.setattr(terminal.sys.stderr, "isatty", lambda: True, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    note("done.")
    assert capsys.readouterr().err == "\r\x1b[2Kpellucid: done.\n"
