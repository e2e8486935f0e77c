"""Covers hub/crm/rest/markup.py."""

import pytest

from hub.crm.rest.markup import escaped, plain


@pytest.mark.parametrize(
    "text", ["", 'O\'Neil <b> & "x"', "one\ntwo\n\nthree", "欧阳·娜娜 &amp; <script>alert(1)</script>"]
)
def test_a_text_comes_back_as_it_was(text: str) -> None:
    assert plain(escaped(text)) == text


@pytest.mark.parametrize(
    ("html", "words"),
    [
        ("<p>Hello</p><p>there</p>", "Hello\nthere"),
        ('<div style="" dir="auto">a<br>b</div>', "a\nb"),
        ("<ul><li>one</li><li>two &amp; three</li></ul>", "one\ntwo & three"),
        ("<style>p {}</style>seen<script>not()</script>", "seen"),
        ("no tags, 1 < 2", "no tags, 1 < 2"),
    ],
)
def test_html_is_read_as_words(html: str, words: str) -> None:
    assert plain(html) == words
