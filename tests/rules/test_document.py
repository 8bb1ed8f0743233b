"""docs/rules.md: its rule is a rule, reads as it says, and its tables name every operator and limit."""

from __future__ import annotations

import json
import re
from pathlib import Path

from segmentation.rules import reading
from segmentation.rules.catalogue import Catalogue
from segmentation.rules.describe import sentence
from segmentation.rules.operators import OPERATORS
from segmentation.rules.parse import parse
from segmentation.rules.rewrite import PASSES

TEXT = (Path(__file__).parents[2] / "docs" / "rules.md").read_text(encoding="utf-8")


def test_the_rule_of_the_document_reads_as_the_document_says() -> None:
    (block,) = re.findall(r"```json\n(.*?)```", TEXT, re.DOTALL)
    said = " ".join(line.removeprefix("> ") for line in TEXT.splitlines() if line.startswith("> "))
    assert sentence(parse(json.loads(block), catalogue=Catalogue())) == said


def test_the_document_names_every_operator_pass_and_limit() -> None:
    names = [name for _, name in OPERATORS] + [change.__name__ for change in PASSES]
    assert [name for name in names if f"`{name}`" not in TEXT] == []
    limits = [reading.MAX_DEPTH, reading.MAX_NODES, reading.MAX_VALUES, reading.MAX_NAMES, reading.MAX_WHERE]
    limits += [reading.MAX_SAME, reading.MAX_TEXT, reading.MAX_NAME]
    table = TEXT[TEXT.index("| limit |") : TEXT.index("## Truth")]
    assert [limit for limit in limits if f"{limit:,}" not in table] == []
