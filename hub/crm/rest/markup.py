"""Texts in CRMs that keep HTML: ours written as it, theirs read as words."""

import html
from html.parser import HTMLParser
from typing import Final

LINES: Final = {"p", "div", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "blockquote", "ul", "ol", "table", "pre"}
UNSEEN: Final = {"script", "style", "head", "title"}


def escaped(text: str) -> str:
    """`text` as HTML that shows it as it is."""
    return html.escape(text).replace("\r\n", "\n").replace("\n", "<br>")


def plain(text: str) -> str:
    """What HTML says, without its tags: a line for each of its blocks. A text without tags stays as it is."""
    reader = _Words()
    reader.feed(text)
    reader.close()
    return "".join(reader.words).strip("\n")


class _Words(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.words: list[str] = []
        self._unseen = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self._unseen += tag in UNSEEN
        if tag == "br":
            self.words.append("\n")
        elif tag in LINES:
            self._line()

    def handle_endtag(self, tag: str) -> None:
        self._unseen -= tag in UNSEEN and self._unseen > 0
        if tag in LINES:
            self._line()

    def handle_data(self, words: str) -> None:
        if not self._unseen:
            self.words.append(words)

    def _line(self) -> None:
        if self.words and not self.words[-1].endswith("\n"):
            self.words.append("\n")
