"""Running text in lines."""

from __future__ import annotations

from pellucid.plots.running_text import flow

WIDTH, SIZE = 100.0, 10.0


def lines(pieces, width=WIDTH):
    found: dict[int, str] = {}
    for piece in flow(pieces, width, SIZE):
        found[piece.line] = found.get(piece.line, "") + piece.text
    return [found[line] for line in sorted(found)]


def test_pieces_stay_in_a_line_while_there_is_room():
    assert lines(["one", " ", "two"]) == ["one two"]


def test_a_word_without_room_begins_the_next_line_without_a_space():
    first, second = lines(["twelve letters", " ", "more letters"])
    assert first == "twelve letters more"
    assert second == "letters"


def test_a_piece_wider_than_a_line_is_cut_and_nothing_is_lost():
    shown = lines(["x" * 90])
    assert len(shown) > 1
    assert "".join(shown) == "x" * 90


def test_line_breaks_are_kept():
    assert lines(["one\ntwo"]) == ["one", "two"]


def test_chinese_letters_are_as_wide_as_they_are_high():
    (piece,) = flow(["电影"], WIDTH, SIZE)
    assert piece.width == 2 * SIZE


def test_no_text_has_no_lines():
    assert flow([""], WIDTH, SIZE) == []
