"""Phrases as data: the same keys and slots in both languages, and filling that is safe."""

from __future__ import annotations

import re

import pytest

from pellucid.core.errors import ParameterError
from pellucid.narrative.phrases import fill, load

PACKAGES = ["pellucid.narrative.phrases", "pellucid.pages.words"]


@pytest.mark.parametrize("package", PACKAGES)
def test_both_languages_have_the_same_keys(package):
    assert load("en", package).keys() == load("zh", package).keys()


@pytest.mark.parametrize("package", PACKAGES)
def test_no_phrase_has_a_slot_that_the_other_language_lacks(package):
    english, chinese = load("en", package), load("zh", package)
    for key, text in english.items():
        slots = set(re.findall(r"\{(\w+)\}", text))
        assert set(re.findall(r"\{(\w+)\}", chinese[key])) <= slots | {"pronoun"}, key


def test_an_unknown_language_is_refused():
    with pytest.raises(ParameterError, match="language must be one of 'en', 'zh', got 'xx'"):
        load("xx")


def test_what_is_filled_in_is_not_read_as_a_phrase():
    assert fill("{a} and {b}", {"a": "{b}", "b": "{name} \\1"}) == "{b} and {name} \\1"


def test_chinese_and_latin_are_parted_where_a_slot_begins_or_ends():
    assert fill("共{count}项，{name}为{value}", {"count": "17", "name": "age", "value": "“x”"}) == "共 17 项，age 为“x”"


def test_names_keep_their_own_spelling():
    assert fill("{name}。", {"name": "报案A类"}) == "报案A类。"
