"""The eight verbs as their files tell them. `python -m tests.house.stages` prints the table of docs/flow.md."""

from __future__ import annotations

import ast
import re
from dataclasses import dataclass

from tests.house.code import HOME

VERBS = (
    "customers/ingest.py",
    "customers/mark.py",
    "segmentation/evaluate.py",
    "segmentation/govern.py",
    "segmentation/record.py",
    "campaigns/advance.py",
    "campaigns/send.py",
    "campaigns/measure.py",
)
LABELS = ("Takes", "Leaves", "Safe to repeat because", "Next")


@dataclass(frozen=True)
class Stage:
    """The header of one verb's file."""

    path: str
    number: int
    takes: str
    leaves: str
    repeatable: str
    following: str

    @property
    def verb(self) -> str:
        return self.path.split("/")[1].removesuffix(".py")

    def row(self) -> str:
        """Its line in the table of docs/flow.md."""
        return f"| {self.number} | [`{self.verb}`](../{self.path}) | {self.takes} | {self.leaves} | {self.repeatable} |"


def stage(path: str) -> Stage:
    """The header of a verb's file. Raises ValueError with what its docstring lacks."""
    doc = ast.get_docstring(ast.parse((HOME / path).read_text())) or ""
    number = re.search(r"Stage (\d) of 8", doc)
    parts = {label: _part(doc, label) for label in LABELS}
    missing = ([] if number else ["Stage n of 8"]) + [label for label, text in parts.items() if not text]
    if missing or number is None:
        raise ValueError(f"{path}: its docstring lacks {missing}")
    return Stage(path, int(number[1]), *parts.values())


def _part(doc: str, label: str) -> str:
    """What follows a label, with its continued lines joined, without the full stop."""
    found = re.search(rf"^{label}:? (.+?)(?=\n(?:{'|'.join(LABELS)})\b|\n\n|\Z)", doc, re.MULTILINE | re.DOTALL)
    return re.sub(r"\s+", " ", found[1]).strip().rstrip(".") if found else ""


def table() -> str:
    """The table of docs/flow.md."""
    head = ["| # | verb | takes | leaves | safe to repeat because |", "|---|---|---|---|---|"]
    return "\n".join(head + [stage(path).row() for path in VERBS])


if __name__ == "__main__":
    print(table())
