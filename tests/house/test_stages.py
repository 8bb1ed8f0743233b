"""The chain of eight verbs is whole, and the page about it says what the files say."""

from __future__ import annotations

import ast

import pytest

from tests.house.code import HOME, Module
from tests.house.stages import VERBS, stage, table


@pytest.mark.parametrize("number", range(1, 9))
def test_each_verb_opens_with_its_stage(number: int) -> None:
    path = VERBS[number - 1]
    assert stage(path).number == number, f"{path} is stage {number} of 8"


@pytest.mark.parametrize("number", range(1, 8))
def test_each_verb_names_the_next_one(number: int) -> None:
    here, following = stage(VERBS[number - 1]), stage(VERBS[number])
    assert following.verb in here.following, f"{here.path}: its line `Next:` has to name {following.verb}"


def test_the_page_of_the_flow_equals_the_files() -> None:
    page = (HOME / "docs/flow.md").read_text()
    assert table() in page, "Run `python -m tests.house.stages` and put its table into docs/flow.md."


@pytest.mark.parametrize("path", VERBS)
def test_a_verb_file_holds_one_public_function_with_keyword_only_arguments(path: str) -> None:
    verb = path.split("/")[1].removesuffix(".py")
    functions = [node for node in Module(HOME / path).tree.body if isinstance(node, ast.FunctionDef)]
    public = [node for node in functions if not node.name.startswith("_")]
    assert [node.name for node in public] == [verb], (
        f"{path}: one public function, named {verb}; the rest moves or gets a _"
    )
    arguments = public[0].args
    assert not arguments.args and not arguments.posonlyargs, f"{path}: {verb}() takes its arguments by keyword only"
