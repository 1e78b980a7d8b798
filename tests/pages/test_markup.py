"""HTML from functions."""

from __future__ import annotations

from pellucid.pages.markup import Markup, tag

EVIL = "<script>alert(\"1\" & '2')</script>"


def test_text_is_escaped_and_markup_is_kept():
    assert tag("p", EVIL, tag("b", "x")) == (
        "<p>&lt;script&gt;alert(&quot;1&quot; &amp; &#x27;2&#x27;)&lt;/script&gt;<b>x</b></p>"
    )


def test_attributes_are_escaped_and_absent_ones_left_out():
    assert tag("a", href='"><script>', class_="n", aria_label="x", id=None, hidden=False) == (
        '<a href="&quot;&gt;&lt;script&gt;" class="n" aria-label="x"></a>'
    )


def test_empty_elements_have_no_end():
    assert tag("meta", charset="utf-8") == '<meta charset="utf-8">'
    assert tag("path", d="M0 0") == '<path d="M0 0"/>'


def test_sequences_and_nothing_are_allowed_inside():
    assert tag("ul", None, [tag("li", "a"), [tag("li", "b")]]) == "<ul><li>a</li><li>b</li></ul>"


def test_characters_that_html_forbids_become_a_mark():
    assert tag("p", "a\x00b\x07c\ud800d\ne") == "<p>a�b�c�d\ne</p>"


def test_joined_markup_is_a_string_that_must_be_marked_again():
    assert tag("p", Markup("<i>") + "</i>") == "<p>&lt;i&gt;&lt;/i&gt;</p>"
