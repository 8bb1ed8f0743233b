"""How a body is read: JSON whose every text can be kept, and be said again in the answer."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

from rest_framework.exceptions import ParseError
from rest_framework.parsers import JSONParser

from common.problem import Problem, ProblemError

_HALF = re.compile("[\ud800-\udfff]")


class TextParser(JSONParser):
    """JSON, refused where it nests without end or holds half of a surrogate pair, which no answer could repeat."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        """The decoded body. Raises ParseError for what is not JSON, ProblemError for texts that are none."""
        try:
            body = super().parse(stream, media_type, parser_context)
            faults = [(pointer, "The text holds half of a surrogate pair.") for pointer in _halves(body, "")]
        except RecursionError as error:
            raise ParseError("The body is nested too deeply.") from error
        if faults:
            raise ProblemError(Problem("bad_character", "Some texts cannot be read.", 400, faults))
        return body


def escape(name: str) -> str:
    """A name as one step of a JSON pointer (RFC 6901)."""
    return name.replace("~", "~0").replace("/", "~1")


def _halves(value: Any, pointer: str) -> Iterator[str]:
    if isinstance(value, str):
        if _HALF.search(value):
            yield pointer
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _halves(item, f"{pointer}/{index}")
    elif isinstance(value, dict):
        for key, item in value.items():
            if _HALF.search(key):
                yield pointer
            else:
                yield from _halves(item, f"{pointer}/{escape(key)}")
