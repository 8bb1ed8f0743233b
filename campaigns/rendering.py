"""Words to a letter: Liquid, sandboxed, with the customer's attributes; styles inlined; a text part beside the HTML.

Liquid reads what it is given and nothing else: no files, no other templates, bounded loops and output. In HTML every value
is escaped, and the filter that would take that back is not there.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from html import escape
from typing import Any

import css_inline
from liquid import BoundTemplate, Environment
from liquid.exceptions import LiquidError

from campaigns.plain_text import text_of
from customers.models import Customer

LARGEST_OUTPUT = 512 * 1024
# Written as HTML when it has a tag of a document; everything else is text, and its lines become paragraphs.
IS_HTML = re.compile(r"<(?:!doctype|html|body|p|div|table|h[1-6]|ul|ol|br|a|span|img|style|b|strong|em|i|mj-)\b", re.I)
IS_DOCUMENT = re.compile(r"<(?:!doctype|html|body)\b", re.I)
FRAME = (
    "max-width:600px;margin:0 auto;padding:24px;font-family:system-ui,-apple-system,Segoe UI,Roboto,sans-serif;"
    "font-size:16px;line-height:1.5;color:#1b232c"
)
ADDRESS = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)]")
_inliner = css_inline.CSSInliner(load_remote_stylesheets=False, keep_at_rules=True)


class RenderError(ValueError):
    """The words cannot be rendered; `line` is where, counted from 1, in `part` (`subject` or `body`)."""

    def __init__(self, message: str, *, part: str, line: int | None) -> None:
        where = f"{part}, line {line}" if line else part
        super().__init__(f"{where}: {message}")
        self.message, self.part, self.line = message, part, line


@dataclass(frozen=True, slots=True)
class Words:
    """The words of a template, as written."""

    channel: str
    subject: str
    body: str

    @classmethod
    def of(cls, kept: Mapping[str, Any]) -> Words:
        """The words that a journey's version froze."""
        return cls(channel=kept["channel"], subject=kept["subject"], body=kept["body"])


@dataclass(frozen=True, slots=True)
class Rendered:
    """A message for one customer. `html` is empty where the channel carries text alone, which is then `plain`."""

    subject: str = ""
    html: str = ""
    plain: str = ""

    @property
    def text(self) -> str:
        """The message as plain text."""
        return text_of(self.html) if self.html else self.plain


class _Sandbox(Environment):
    loop_iteration_limit = 10_000
    output_stream_limit = LARGEST_OUTPUT
    local_namespace_limit = 100_000
    context_depth_limit = 20


def _sandbox(*, escaping: bool) -> Environment:
    environment = _Sandbox(autoescape=escaping)
    for tag in ("include", "render"):
        environment.tags.pop(tag, None)
    environment.filters.pop("safe", None)
    return environment


_HTML = _sandbox(escaping=True)
_TEXT = _sandbox(escaping=False)


@lru_cache(maxsize=512)
def _parsed(source: str, html: bool) -> BoundTemplate:
    return (_HTML if html else _TEXT).from_string(source)


def check(words: Words) -> list[RenderError]:
    """What is wrong with the words, without a customer: what does not parse, and filters that nobody knows."""
    faults: list[RenderError] = []
    for part, source in (("subject", words.subject), ("body", words.body)):
        try:
            parsed = _parsed(source, part == "body" and is_html(words))
        except LiquidError as error:
            faults.append(_fault(error, part))
            continue
        for name, places in parsed.analyze(include_partials=False).filters.items():
            if name not in parsed.env.filters:
                line = source.count("\n", 0, places[0].index) + 1
                faults.append(RenderError(f"there is no filter {name!r}", part=part, line=line))
    return faults


def render(words: Words, *, customer: Customer, extra: Mapping[str, Any], now: datetime) -> Rendered:
    """The message for one customer. Raises RenderError with the line at fault.

    Values stand at the top (`{{ first_name }}`) and under `customer` (`{{ customer.first_name }}`); `extra` adds what the
    message knows, such as `unsubscribe_url`.
    """
    values = variables(customer, now=now) | dict(extra)
    subject = " ".join(_render(words.subject, "subject", values, html=False).split())
    if words.channel != "email":
        return Rendered(plain=_render(words.body, "body", values, html=False).strip())
    if is_html(words):
        body = _render(words.body, "body", values, html=True)
    else:
        body = _paragraphs(_render(words.body, "body", values, html=False))
    return Rendered(subject, _inliner.inline(_framed(_with_footer(body, str(extra.get("unsubscribe_url", ""))))))


def variables(customer: Customer, *, now: datetime) -> dict[str, Any]:
    """What Liquid may mention of a customer: every attribute, and the ids and addresses."""
    known = {name: getattr(customer, name) for name in ("user_id", "email", "phone", "timezone", "created_at")}
    values = {**customer.attributes, **{name: value for name, value in known.items() if value is not None}}
    return {**values, "customer": values, "now": now, "today": now.date()}


def is_html(words: Words) -> bool:
    """Whether the body is written as HTML; otherwise it is text."""
    return words.channel == "email" and bool(IS_HTML.search(words.body))


def _render(source: str, part: str, values: Mapping[str, Any], *, html: bool) -> str:
    try:
        return _parsed(source, html).render(**values)
    except LiquidError as error:
        raise _fault(error, part) from error


def _fault(error: LiquidError, part: str) -> RenderError:
    context = error.context()
    return RenderError(str(error.message or type(error).__name__), part=part, line=context[0] if context else None)


def _paragraphs(text: str) -> str:
    """Text as HTML: an empty line begins a paragraph, an address becomes a link."""
    blocks = [block.strip() for block in re.split(r"\n\s*\n", text.replace("\r\n", "\n")) if block.strip()]
    return "".join(f"<p>{_linked(block)}</p>\n" for block in blocks)


def _linked(text: str) -> str:
    pieces: list[str] = []
    end = 0
    for found in ADDRESS.finditer(text):
        address = escape(found[0])
        pieces += [escape(text[end : found.start()]), f'<a href="{address}">{address}</a>']
        end = found.end()
    return "".join([*pieces, escape(text[end:])]).replace("\n", "<br>\n")


def _framed(body: str) -> str:
    """A fragment in a plain frame: a readable letter, narrow enough for a phone; a whole document stays as it is."""
    return body if IS_DOCUMENT.search(body) else f'<div style="{FRAME}">{body}</div>'


def _with_footer(html: str, unsubscribe_url: str) -> str:
    """The body with a way out: a marketing message without one is not sent."""
    if not unsubscribe_url or escape(unsubscribe_url) in html or unsubscribe_url in html:
        return html
    footer = (
        '<p style="margin-top:32px;font-size:12px;color:#6d7682">You get this because you agreed to hear from us. '
        f'<a href="{escape(unsubscribe_url)}">Unsubscribe</a></p>'
    )
    close = html.lower().rfind("</body>")
    return html + footer if close < 0 else html[:close] + footer + html[close:]
