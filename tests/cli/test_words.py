"""Phrases of the commands."""

from __future__ import annotations

import string

from pellucid.cli.words import LABELS, WORDS, label_width


def slots(phrase):
    return {name for _, name, _, _ in string.Formatter().parse(phrase) if name}


def test_both_languages_say_the_same_things_with_the_same_slots():
    assert WORDS["en"].keys() == WORDS["zh"].keys()
    for key, phrase in WORDS["en"].items():
        assert slots(phrase) == slots(WORDS["zh"][key]), key


def test_labels_fit_in_their_column():
    assert label_width("en") == max(len(WORDS["en"][label]) for label in LABELS)
    assert label_width("zh") == 4
