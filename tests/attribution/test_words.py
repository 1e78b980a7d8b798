"""Tokens added up to words: sums stay, what stands nowhere goes to the base."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from tests.attribution.gradient.nets import Function
from torch import nn

from pellucid.attribution import ExpectedGradients, InputXGradient, IntegratedGradients
from pellucid.attribution.words import by_words
from pellucid.core.errors import InputError
from pellucid.zoo import review_transformer

TEXT = "It's unbelievable, really"
#: a mark, It, 's, un, believ, able, a comma, a space with really, padding
OFFSETS = [[(0, 0), (0, 2), (2, 4), (5, 7), (7, 13), (13, 17), (17, 18), (18, 25), (0, 0)]]
IDS = np.arange(9)[np.newaxis]


@pytest.fixture(scope="module")
def tokens():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Embedding(9, 4), Function(lambda e: e.tanh().flatten(1)), nn.Linear(36, 2)).double()
    return IntegratedGradients(net, tolerance=1e-8).explain(IDS, 0)


def test_pieces_of_a_word_are_added_up_and_a_comma_stands_alone(tokens):
    words = by_words(tokens, TEXT, OFFSETS)
    assert words.input_names == ("It's", "unbelievable", ",", "really")
    value = tokens.values[0, :, 0]
    np.testing.assert_allclose(
        words.values[0, :, 0], [value[1] + value[2], value[3] + value[4] + value[5], value[6], value[7]]
    )
    np.testing.assert_allclose(words.base[0, 0], tokens.base[0, 0] + value[0] + value[8])
    np.testing.assert_allclose(words.predictions, tokens.predictions)
    assert words.receipt.notes[-1] == "tokens were added up to words, and those outside the texts to the base"


def test_errors_are_added_as_of_independent_tokens():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Embedding(9, 4), Function(lambda e: (e**3).flatten(1)), nn.Linear(36, 2)).double()
    tokens = ExpectedGradients(net, IDS * 0, draws=5).explain(IDS, 0)
    words = by_words(tokens, TEXT, OFFSETS)
    np.testing.assert_allclose(words.stderr[0, 0, 0], np.hypot(*tokens.stderr[0, 1:3, 0]))


def test_without_a_base_what_stands_nowhere_is_left_out():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Embedding(9, 4), Function(lambda e: e.flatten(1)), nn.Linear(36, 2)).double()
    words = by_words(InputXGradient(net).explain(IDS, 0), TEXT, OFFSETS)
    assert words.base is None
    assert words.values.shape == (1, 4, 1)


def test_the_word_that_decides_a_review_is_found():
    reviews = review_transformer()
    some = slice(0, 40)
    found = IntegratedGradients(reviews.module).explain(reviews.rows[some], 1)
    words = by_words(found, reviews.texts[some], reviews.offsets[some])
    verdicts = ("wonderful", "moving", "brilliant", "funny", "dull", "awful", "clumsy", "boring", "not")
    leading = [words.parted.parts(row)[int(np.abs(words[row].values[0, :, 0]).argmax())] for row in range(40)]
    assert np.mean([word in verdicts for word in leading]) >= 0.9
    words[0].plot()


@pytest.mark.parametrize(
    ("texts", "offsets", "message"),
    [
        (TEXT, [OFFSETS[0][:4]], r"need as many texts and offsets of shape \(1, 9, 2\), got 1 texts"),
        ([TEXT, TEXT], OFFSETS, "got 2 texts"),
    ],
)
def test_texts_and_offsets_that_do_not_fit_are_told(tokens, texts, offsets, message):
    with pytest.raises(InputError, match=message):
        by_words(tokens, texts, offsets)


def test_only_tokens_have_words():
    found = InputXGradient(nn.Linear(3, 2)).explain(np.ones((1, 3)), 0)
    with pytest.raises(InputError, match="by_words takes the attribution of token ids"):
        by_words(found, TEXT, OFFSETS)
