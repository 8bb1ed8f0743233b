"""The pages about the project say what the project does."""

from __future__ import annotations

import re

import pytest
import yaml
from django.apps import apps

from config.environment import VARIABLES, table
from tests.house.code import APPS, HOME

# Given to images, or put together from the others.
COMPOSE_ONLY = {"POSTGRES_USER", "POSTGRES_DB", "POSTGRES_PASSWORD", "POSTGRES_INITDB_ARGS"}
STANDARD_WORDS = (
    "customer", "event", "trait", "segment", "rule", "node", "condition", "window", "membership", "membership change",
    "cause", "active", "suppressed", "exclusion group", "journey", "step", "enrolment", "message", "outcome", "holdout",
)  # fmt: skip


def test_the_readme_has_the_table_of_variables() -> None:
    assert table() in (HOME / "README.md").read_text(), (
        "Run `python -m config.environment` and put its table into README.md."
    )


def test_the_glossary_has_every_model_and_every_standard_word() -> None:
    page = (HOME / "docs/glossary.md").read_text().lower()
    words = {_words(model.__name__) for app in APPS for model in apps.get_app_config(app).get_models()}
    missing = sorted(word for word in words | set(STANDARD_WORDS) if f"**{word}**" not in page)
    assert not missing, f"Say in docs/glossary.md what these are: {missing}"


def test_every_model_says_what_it_is() -> None:
    mute = [
        model.__name__
        for app in APPS
        for model in apps.get_app_config(app).get_models()
        if (model.__doc__ or "").startswith(f"{model.__name__}(")
    ]
    assert not mute, f"Say in the docstring what the thing is to a marketer: {mute}"


def test_the_compose_file_uses_known_variables_only() -> None:
    text = (HOME / "docker-compose.yml").read_text()
    services = yaml.safe_load(text)["services"]
    known = {row.name for row in VARIABLES} | COMPOSE_ONLY
    given = {name for service in services.values() for name in service.get("environment", {})}
    asked = set(re.findall(r"\$\{(\w+)", text))
    assert not (given | asked) - known, (
        "Add the variable to config/environment.py, or take it out of docker-compose.yml."
    )


def test_the_compose_file_runs_every_part() -> None:
    services = yaml.safe_load((HOME / "docker-compose.yml").read_text())["services"]
    assert set(services) == {
        "postgres", "valkey", "migrate", "web", "worker-live", "worker-journeys", "worker-batch", "scheduler"
    }  # fmt: skip
    assert services["postgres"]["image"].startswith("postgres:18")
    for name in ("web", "worker-live", "worker-journeys", "worker-batch", "scheduler"):
        assert services[name]["depends_on"]["migrate"]["condition"] == "service_completed_successfully"


def test_requirements_hold_exact_versions_with_hashes_and_no_address() -> None:
    lines = (HOME / "requirements.txt").read_text().splitlines()
    assert not [line for line in lines if "://" in line or line.startswith("-")], "Compile it without addresses."
    pinned = [line for line in lines if line and not line.startswith((" ", "#"))]
    assert pinned
    assert all(re.match(r"[A-Za-z0-9._-]+(\[[^]]+\])?==\S+( ;.*)? \\$", line) for line in pinned)
    assert sum("--hash=sha256:" in line for line in lines) >= len(pinned)


@pytest.mark.parametrize("path", sorted((HOME / "docs/decisions").glob("*.md")), ids=lambda path: path.name)
def test_a_decision_has_a_number_and_says_what_was_rejected(path: object) -> None:
    text = (HOME / "docs/decisions" / str(path)).read_text()
    name = str(path).rsplit("/", 1)[-1]
    assert re.fullmatch(r"\d{4}-[a-z0-9-]+\.md", name), "Name it NNNN-what-it-is-about.md"
    assert text.startswith(f"# {name[:4]} "), f"Begin with `# {name[:4]} ` and the title."
    assert re.search(r"reject", text, re.IGNORECASE), "Say which options were rejected, and why."


def test_no_two_decisions_have_the_same_number() -> None:
    numbers = [path.name[:4] for path in (HOME / "docs/decisions").glob("*.md")]
    assert len(numbers) == len(set(numbers)), f"Give the newer page the next number: {sorted(numbers)}"


def test_links_between_pages_lead_somewhere() -> None:
    dead = []
    for page in [HOME / "README.md", HOME / "CHANGELOG.md", *(HOME / "docs").rglob("*.md")]:
        targets = re.findall(r"\]\(([^)#:]+?)(?:#[^)]*)?\)", page.read_text())
        dead += [f"{page.name}: {target}" for target in targets if not (page.parent / target).exists()]
    assert not dead, f"Correct these links: {dead}"


def _words(name: str) -> str:
    """`MembershipChange` as words."""
    return re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()
