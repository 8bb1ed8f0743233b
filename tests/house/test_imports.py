"""What may be imported where. The layers themselves are import-linter's (`make check`); these are the rules it cannot say."""

from __future__ import annotations

import sys

import pytest

from tests.house.code import APPS, HOME, modules

PURE = ("segmentation/rules", "campaigns/journeys")
OUTSIDE = {"httpx", "smtplib", "requests", "urllib.request", "http.client", "socket", "aiohttp"}
# Where the outside may be spoken to, and why.
MAY_SPEAK = {
    "campaigns/channels/": "channels talk to providers",
    "customers/connectors/": "connectors talk to other systems",
    "config/up.py": "asks its own web server whether it answers, and looks whether the port is free",
    "config/demo/trickle.py": "sends the demo's events to this installation's own public API, like any client",
    "config/management/commands/live_shop.py": "likewise",
}
VAGUE = {"utils", "util", "helpers", "helper", "misc", "common_utils", "tools", "stuff"}


@pytest.mark.parametrize("package", PURE)
def test_rules_and_journeys_import_the_standard_library_only(package: str) -> None:
    own = package.replace("/", ".")
    foreign = [
        f"{module.name} imports {name}"
        for module in modules(package)
        for name in module.imports()
        if name.split(".")[0] not in sys.stdlib_module_names and not (name == own or name.startswith(f"{own}."))
    ]
    assert not foreign, f"Keep {package} pure: hand it values instead: {foreign}"


def test_only_channels_and_connectors_talk_to_the_outside() -> None:
    found = [
        f"{module.name} imports {name}"
        for module in modules()
        for name in module.imports()
        if name in OUTSIDE and not module.name.startswith(tuple(MAY_SPEAK))
    ]
    assert not found, f"Move the call to campaigns/channels or customers/connectors: {found}"


def test_only_the_settings_read_the_environment() -> None:
    allowed = (
        "config/environment.py",
        "config/up.py",
        "config/services/",
        "config/management/commands/check_production.py",
    )
    found = [
        module.name
        for module in modules()
        if ("os.environ[" in module.text or "os.environ.get" in module.text or "getenv(" in module.text)
        and not module.name.startswith(allowed)
    ]
    assert not found, f"Add the variable to config/environment.py and read it from django.conf.settings: {found}"


def test_only_the_clock_reads_the_clock() -> None:
    readings = ("datetime.now(", "timezone.now(", "date.today(", "datetime.utcnow(")
    allowed = ("common/clock.py",)
    found = [m.name for m in modules() if any(r in m.text for r in readings) and not m.name.startswith(allowed)]
    assert not found, f"Take `now` as an argument; a door gets it from common.clock.now(): {found}"


def test_there_are_no_star_imports() -> None:
    found = [module.name for module in modules() + modules("tests", "benchmarks") if "import *" in _code(module.text)]
    assert not found, f"Name what is imported: {found}"


def test_no_module_has_a_name_that_says_nothing() -> None:
    found = [module.name for module in modules() + modules("tests", "benchmarks") if module.path.stem in VAGUE]
    assert not found, f"Name it after what it is about: {found}"


def test_every_app_has_the_same_doors_under_the_same_names() -> None:
    doors = ("urls.py", "api/urls.py", "tasks.py", "admin.py", "models/__init__.py", "queries/__init__.py")
    missing = [f"{app}/{door}" for app in APPS for door in doors if not (HOME / app / door).exists()]
    assert not missing, f"Add the door, or the room, so that whoever knows the noun knows the file: {missing}"


def _code(text: str) -> str:
    """The lines that are imports."""
    return "\n".join(line for line in text.splitlines() if line.lstrip().startswith(("from ", "import ")))
