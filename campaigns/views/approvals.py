"""Everything that waits for an approval: for the reader to decide, for others, and what the reader sent."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse

from campaigns.queries.awaiting import awaiting, sent_by
from common import clock
from common.htmx import render
from customers.roles import allowed, person


@allowed()
def approvals_page(request: HttpRequest) -> HttpResponse:
    """Journeys in review and rules that were sent; those the reader may not approve say why."""
    reader = person(request)
    rows = awaiting(reader=reader)
    context = {
        "yours": [row for row in rows if row.answer],
        "others": [row for row in rows if not row.answer],
        "sent": sent_by(reader),
        "now": clock.now(),
    }
    return render(request, "campaigns/approvals.html", context)
