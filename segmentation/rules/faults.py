"""What is wrong with a rule document: one fault a place, each with a JSON pointer, a sentence and a code."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Fault:
    """`pointer` leads to the value at fault, or to where a missing one belongs; `message` says what to write there."""

    pointer: str
    message: str
    code: str

    def as_dict(self) -> dict[str, Any]:
        return {"pointer": self.pointer, "message": self.message, "code": self.code}


class RuleError(ValueError):
    """The document is no rule. Holds every fault, in the order of the document."""

    code = "invalid_rule"

    def __init__(self, faults: tuple[Fault, ...]) -> None:
        self.faults = faults
        super().__init__("; ".join(f"{fault.pointer or '/'}: {fault.message}" for fault in faults))

    @property
    def message(self) -> str:
        """All faults as sentences for people, without the places."""
        return " ".join(fault.message for fault in self.faults)


def escaped(key: str) -> str:
    """A key as one step of a JSON pointer (RFC 6901)."""
    return key.replace("~", "~0").replace("/", "~1")
