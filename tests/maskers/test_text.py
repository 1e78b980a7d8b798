"""Words of a text as players: where they are, and texts without them."""

from __future__ import annotations

import numpy as np
import pytest

from pellucid.core.errors import InputError, ParameterError
from pellucid.core.texts import Texts
from pellucid.maskers import Text


def parts(text, **how):
    masker = Text(**how)
    return masker.players(masker.read([text], None))


def masked(text, present, **how):
    masker = Text(**how)
    rows = masker.read([text], None)
    (batch,) = masker.inputs(rows, np.array([present], dtype=bool), batch_size=10)
    return batch.inputs.native[0]


@pytest.mark.parametrize(
    ("text", "split", "expected"),
    [
        ("It's a well-made film, isn't it?", "words", ("It's", "a", "well-made", "film", "isn't", "it")),
        ("Zug nach Köln 12:30", "words", ("Zug", "nach", "Köln", "12", "30")),
        ("ab c", "characters", ("a", "b", "c")),
        ("One. Two! 三。四", "sentences", ("One.", "Two!", "三。", "四")),
        ("这部电影很好看", "words", ("这部", "电影", "很", "好看")),
        ("CD机 is old", "words", ("CD", "机", "is", "old")),
    ],
)
def test_parts_are_found(text, split, expected):
    assert parts(text, split=split) == expected


def test_without_a_dictionary_chinese_words_are_single_characters(monkeypatch):
    monkeypatch.setattr("pellucid.maskers.splitting.find_spec", lambda name: None)
    assert parts("电影 film") == ("电", "影", "film")


def test_absent_words_are_taken_out_and_everything_between_stays():
    assert masked("A good, good film.", [1, 0, 1, 0]) == "A , good ."
    assert masked("A good film.", [1, 0, 1], absent="[MASK]") == "A [MASK] film."


def test_the_full_coalition_is_the_text_itself():
    text = "  It's «odd»\n\tspaced…  "
    assert masked(text, [1] * len(parts(text))) == text


def test_a_function_may_say_where_the_parts_are():
    assert parts("abcdef", split=lambda text: [(0, 2), (3, 6)]) == ("ab", "def")


def test_a_tokenizer_with_offsets_gives_its_tokens_and_no_special_ones():
    class Tokenizer:
        def tokenize(self, text):
            raise AssertionError

        def __call__(self, text, **how):
            assert how["return_offsets_mapping"]
            return {"offset_mapping": [(0, 0), (0, 3), (3, 5), (0, 0)]}

    assert parts("token", split=Tokenizer()) == ("tok", "en")


@pytest.mark.parametrize("places", [[(2, 1)], [(0, 3), (2, 4)], [(0, 99)], [(-1, 2)], "nonsense", [(1, 2, 3)]])
def test_places_that_cannot_be_are_refused(places):
    with pytest.raises(InputError, match="split must answer with"):
        parts("abcdef", split=lambda text: places)


def test_a_text_without_words_is_refused_by_its_number():
    with pytest.raises(InputError, match="text 1, ' …', has no parts to explain"):
        Text().read(["fine", " …"], None)


def test_what_is_no_text_is_refused():
    with pytest.raises(InputError, match="row 1 is float and not a text"):
        Text().read(["fine", float("nan")], None)
    with pytest.raises(InputError, match="at least one text"):
        Text().read([], None)


def test_settings_that_cannot_be_are_refused():
    with pytest.raises(ParameterError, match="split must be 'words', 'characters', 'sentences'"):
        Text(split="paragraphs")
    with pytest.raises(ParameterError, match="absent must be a text"):
        Text(absent=None)


def test_batches_hold_no_more_than_asked_and_every_entry_once():
    masker = Text()
    rows = masker.read(["a b c", "d e f"], None)
    coalitions = np.array([[1, 0, 0], [0, 1, 1], [1, 1, 1]], dtype=bool)
    batches = list(masker.inputs(rows, coalitions, batch_size=4))
    assert [len(batch.inputs) for batch in batches] == [4, 2]
    assert np.concatenate([batch.entry for batch in batches]).tolist() == list(range(6))
    assert [text for batch in batches for text in batch.inputs.native][3] == "d  "
    assert all((batch.weight == 1).all() for batch in batches)


def test_texts_are_told_apart_by_their_fingerprint():
    assert Texts(("ab", "c")).fingerprint() != Texts(("a", "bc")).fingerprint()
