"""The addresses in a message: links that are counted and lead on, the pixel of an opening, the way out.

A link in the message shows our address with the message's token and the link's number; where it leads is kept in
`TrackedLink`, so nobody can make our address lead elsewhere.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from html import escape
from html.parser import HTMLParser

from django.conf import settings

# Words of a form that stands for a link that is not to be counted.
UNCOUNTED = "data-untracked"


def new_token() -> str:
    """The secret of one message's links: 256 bits, safe in an address."""
    return secrets.token_urlsafe(32)


def open_url(token: str) -> str:
    """The address of the picture that says a message was opened."""
    return f"{settings.BASE_URL}/m/o/{token}.gif"


def click_url(token: str, position: int) -> str:
    """The address that counts a click and leads on."""
    return f"{settings.BASE_URL}/m/c/{token}/{position}"


def unsubscribe_url(token: str) -> str:
    """The address that unsubscribes: at once by POST (RFC 8058), with a button by GET."""
    return f"{settings.BASE_URL}/m/u/{token}"


def tracked(html: str, *, token: str) -> tuple[str, list[str]]:
    """The letter with counted links and the pixel, and where the links lead, in order of their numbers.

    Links to us (the way out), `mailto:`, `tel:` and links marked `data-untracked` stay as they are.
    """
    urls: list[str] = []

    def counted(url: str) -> str:
        if not url.lower().startswith(("http://", "https://")) or url.startswith(f"{settings.BASE_URL}/m/"):
            return url
        if url not in urls:
            urls.append(url)
        return click_url(token, urls.index(url))

    rewritten = _with_links(html, counted)
    pixel = f'<img src="{escape(open_url(token))}" width="1" height="1" alt="" style="display:block">'
    close = rewritten.lower().rfind("</body>")
    return (rewritten[:close] + pixel + rewritten[close:] if close >= 0 else rewritten + pixel), urls


def _with_links(html: str, replace: Callable[[str], str]) -> str:
    writer = _Writer(replace)
    writer.feed(html)
    writer.close()
    return "".join(writer.pieces)


class _Writer(HTMLParser):
    """Writes a document as it came, but for the `href` of its links."""

    def __init__(self, replace: Callable[[str], str]) -> None:
        super().__init__(convert_charrefs=False)
        self.replace = replace
        self.pieces: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        href = given.get("href")
        if tag not in ("a", "area") or not href or UNCOUNTED in given:
            self.pieces.append(self.get_starttag_text() or "")
            return
        given["href"] = self.replace(href.strip())
        written = "".join(
            f" {name}" if value is None else f' {name}="{escape(value)}"' for name, value in given.items()
        )
        self.pieces.append(f"<{tag}{written}>")

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.handle_starttag(tag, attrs)

    def handle_endtag(self, tag: str) -> None:
        self.pieces.append(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    def handle_entityref(self, name: str) -> None:
        self.pieces.append(f"&{name};")

    def handle_charref(self, name: str) -> None:
        self.pieces.append(f"&#{name};")

    def handle_comment(self, data: str) -> None:
        self.pieces.append(f"<!--{data}-->")

    def handle_decl(self, decl: str) -> None:
        self.pieces.append(f"<!{decl}>")

    def handle_pi(self, data: str) -> None:
        self.pieces.append(f"<?{data}>")

    def unknown_decl(self, data: str) -> None:
        self.pieces.append(f"<![{data}]>")
