"""Every rule of tests/cases goes into the builder's JSON view, reads as its sentence, and is saved as it is."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

from playwright.sync_api import Response, expect

from segmentation.models import Segment
from tests.browser.drawing import draft, opened, shop
from tests.ground.chromium import Visit
from tests.stages.shop import did, live, rule

CASES = sorted(path.parent for path in (Path(__file__).parent.parent / "cases").glob("*/rule.json"))
# Long for a machine that does other things meanwhile.
PATIENCE = 30_000


def saved(answer: Response) -> bool:
    return answer.url.endswith("/rule/draft/") and answer.ok


def test_the_rules_of_the_cases_are_taken_into_the_builder_read_as_sentences_and_saved(visit: Visit) -> None:
    now = datetime.now(UTC)
    shop(now)
    for slug in ("at-risk", "vip-retention"):
        live(slug, rule(did("Order Completed")), now)
    segment = draft(now)
    builder = opened(visit)
    builder.counted(3)
    page = builder.page
    page.get_by_role("button", name="JSON").click()
    for case in CASES:
        document = json.loads((case / "rule.json").read_text(encoding="utf-8"))
        with page.expect_response(saved, timeout=PATIENCE):
            page.get_by_label("The rule as JSON").fill(json.dumps(document))
        said = (case / "sentence.txt").read_text(encoding="utf-8").strip()
        expect(page.locator("#builder-sentence")).to_have_text(said, timeout=PATIENCE)
        assert builder.document() == document, case.name
        assert Segment.objects.get(pk=segment.pk).rule == document, case.name
        expect(builder.rule.locator(".fault")).to_have_count(0)
        drawn = builder.rule.locator(".cond").count()
        assert drawn >= len(document["include"]["conditions"]), case.name
        assert "only the JSON view" not in (builder.rule.text_content() or ""), case.name
