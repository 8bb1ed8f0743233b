"""Functions to 40 lines, modules to 400, views to 25, three levels of nesting, types on every function."""

from __future__ import annotations

import ast
import re

from tests.house.code import APPS, HOME, Function, Module, length, modules, nesting
from tests.house.stages import VERBS

LONGEST_MODULE, LONGEST_FUNCTION, LONGEST_VIEW, DEEPEST = 400, 40, 25, 3


def test_what_decides_membership_is_measured_whole() -> None:
    """The verbs, every file of the language and of the compiler, and of these every `def` that stands in the text."""
    measured = {module.name: module for module in modules()}
    folders = ("segmentation/rules", "segmentation/compiler", "segmentation/engines", "campaigns/journeys")
    core = {path.relative_to(HOME).as_posix() for folder in folders for path in (HOME / folder).rglob("*.py")}
    assert len(core) > 40 and core | set(VERBS) <= measured.keys()
    for name in core | set(VERBS):
        written = re.findall(r"^ *(?:async )?def ", measured[name].text, re.MULTILINE)
        assert len(list(measured[name].functions())) == len(written), name


def test_no_module_is_longer_than_400_lines() -> None:
    long = [m.name for m in modules() + modules("tests", "benchmarks") if m.text.count("\n") > LONGEST_MODULE]
    assert not long, f"Split by what the parts are about, and name the parts so: {long}"


def test_no_function_is_longer_than_40_lines() -> None:
    long = [_place(module, found) for module, found in _functions() if length(found) > LONGEST_FUNCTION]
    assert not long, f"Take out the steps that have a name of their own: {long}"


def test_no_view_is_longer_than_25_lines() -> None:
    long = [
        _place(module, found)
        for module, found in _functions()
        if _is_view(module, found) and length(found) > LONGEST_VIEW
    ]
    assert not long, f"A view reads the request and answers; queries and verbs do the rest: {long}"


def test_no_function_nests_deeper_than_three_levels() -> None:
    deep = [_place(module, found) for module, found in _functions() if nesting(found) > DEEPEST]
    assert not deep, f"Return early, or take the inner block out: {deep}"


def test_every_function_has_types() -> None:
    bare = [_place(module, found) for module, found in _functions() if found.returns is None]
    assert not bare, f"Say what it returns: {bare}"


def _functions() -> list[tuple[Module, Function]]:
    return [(module, found) for module in modules() + modules("benchmarks") for found in module.functions()]


def _is_view(module: Module, function: Function) -> bool:
    """A function in `views/` that takes a request first."""
    parts = module.path.relative_to(HOME).parts
    names = [argument.arg for argument in function.args.args if argument.arg != "self"]
    return parts[0] in APPS and parts[1] in {"views", "views.py"} and bool(names) and names[0] == "request"


def _place(module: Module, function: ast.FunctionDef | ast.AsyncFunctionDef) -> str:
    return f"{module.name}:{function.lineno} {function.name} ({length(function)} lines)"
