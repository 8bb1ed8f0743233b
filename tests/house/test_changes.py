"""No change that a person makes is forgotten by the audit log."""

from __future__ import annotations

from tests.house.changes import WRITES, WRITES_NONE, verbs


def test_every_verb_that_is_told_who_acts_says_what_it_writes_to_the_audit_log() -> None:
    known = {*WRITES, *WRITES_NONE}
    assert verbs() == known, (
        "Name them in tests/house/changes.py, and what changes something in tests/stages/test_audit_log.py: "
        f"{sorted(verbs() ^ known)}"
    )
