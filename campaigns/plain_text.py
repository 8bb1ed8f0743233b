"""The text part of an HTML letter: paragraphs, lists and links as people write them in plain text."""

from __future__ import annotations

import re
from html.parser import HTMLParser

BLOCKS = {"p", "div", "table", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "ul", "ol", "section", "header", "footer"}
SILENT = {"style", "script", "head", "title"}


def text_of(html: str) -> str:
    """The text of a letter, its links in angle brackets after their words."""
    reader = _Reader()
    reader.feed(html)
    reader.close()
    lines = [re.sub(r"[ \t\xa0]+", " ", line).strip() for line in "".join(reader.pieces).split("\n")]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip() + "\n"


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.pieces: list[str] = []
        self.silent = 0
        self.link: str | None = None
        self.link_start = 0

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in SILENT:
            self.silent += 1
        elif tag == "br":
            self.pieces.append("\n")
        elif tag == "li":
            self.pieces.append("\n- ")
        elif tag in BLOCKS:
            self.pieces.append("\n\n" if tag != "tr" else "\n")
        elif tag == "a":
            self.link, self.link_start = given.get("href"), len(self.pieces)
        elif tag == "img" and given.get("alt"):
            self.pieces.append(str(given["alt"]))

    def handle_endtag(self, tag: str) -> None:
        if tag in SILENT:
            self.silent = max(0, self.silent - 1)
        elif tag in BLOCKS:
            self.pieces.append("\n\n" if tag != "tr" else "\n")
        elif tag == "a" and self.link:
            words = "".join(self.pieces[self.link_start :]).strip()
            if words != self.link:
                self.pieces.append(f" <{self.link}>" if words else f"<{self.link}>")
            self.link = None

    def handle_data(self, data: str) -> None:
        if not self.silent:
            self.pieces.append(re.sub(r"\s+", " ", data))
