"""The pages that can be gone to from anywhere: by the search, by the palette, and some by `g` and a letter.

The rail shows them in its own order, with counts beside them; a house test compares the two.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Place:
    """A page with its address, what else people call it, and the letter that leads there after `g`."""

    name: str
    address: str
    words: str
    key: str = ""


PLACES = (
    Place("Home", "/", "start overview moved needs pipe", "h"),
    Place("Customers", "/customers/", "people profiles", "c"),
    Place("Segments", "/segments/", "rules audiences", "s"),
    Place("Journeys", "/journeys/", "campaigns flows", "j"),
    Place("Approvals", "/approvals/", "four eyes review waiting decide submitted sent back", "f"),
    Place("Messages", "/messages/", "sent withheld outbox", "m"),
    Place("Templates", "/templates/", "content letters words", "t"),
    Place("Priority", "/governance/", "governance rank order portfolio", "p"),
    Place("Exclusion groups", "/governance/groups/", "governance lanes silence together"),
    Place("Exclusions and full stops", "/governance/exclusions/", "governance matrix silence excludes"),
    Place("Changes of who may speak", "/governance/changes/", "governance undo versions settings history"),
    Place("Health", "/governance/health/", "findings wrong missing mend dismissed owner goal", "l"),
    Place("Conflicts", "/governance/conflicts/", "governance disagree pairs incentive clash remedies settle", "x"),
    Place(
        "Reviews", "/governance/reviews/", "review due keep change merge split retire evidence decision quarterly", "w"
    ),
    Place("Overlap", "/reports/overlap/", "report matrix intersections shared jaccard", "v"),
    Place("Stability", "/reports/stability/", "report turnover restless bouncers stay half-life", "b"),
    Place("Migration", "/reports/migration/", "report flow sankey moved family tiers stages", "g"),
    Place("Coverage", "/reports/coverage/", "report nobody in none share", "a"),
    Place("Latency", "/reports/latency/", "report lag seconds delay percentiles slowest p95", "y"),
    Place("Live events", "/events/", "log stream", "e"),
    Place("Rejected input", "/events/rejected/", "quality errors", "r"),
    Place("Sources", "/sources/", "write keys stores", "o"),
    Place("Engine", "/engine/", "evaluation audits sweep lag", "n"),
    Place("Audit log", "/audit/", "history changes who before after", "u"),
    Place("API", "/api/docs/", "rest openapi developers"),
)
