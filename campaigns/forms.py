"""Forms of journeys, words and reviews. The flow's own form is read by `read_flow`: its fields depend on its steps."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from typing import Any

from django import forms
from django.http import QueryDict
from django.utils.text import slugify

from campaigns.journeys.asks import Ask, rule_of
from campaigns.journeys.edit import BLANK, WAYS, Document, insert, move_up, remove
from campaigns.journeys.nodes import CHANNELS
from campaigns.models import Journey, Template
from common.asked import whole_in
from common.display import CHANNELS as CHANNEL_NAMES
from segmentation.forms import DurationField
from segmentation.models import Review, Segment
from segmentation.queries.reviews import REVIEWED, USUAL, last_review


def segments_to_enter() -> list[tuple[str, str]]:
    """The segments a journey can start from, those that are live first."""
    rows = Segment.objects.exclude(status="archived").order_by("name").values_list("slug", "name", "status")
    live = [(slug, name) for slug, name, status in rows if status == "live"]
    return live + [(slug, f"{name} ({status})") for slug, name, status in rows if status != "live"]


class NewJourneyForm(forms.Form):
    """A journey's name and the segment that starts it."""

    name = forms.CharField(max_length=200, help_text="As the approver reads it: Win back lapsed customers.")
    segment = forms.ChoiceField(label="Starts when a customer enters", choices=segments_to_enter)

    def clean(self) -> dict[str, Any]:
        """The values, with a slug made of the name."""
        values: dict[str, Any] = super().clean() or {}
        values["slug"] = free_slug(values.get("name", ""), Journey.objects.values_list("slug", flat=True))
        return values


class TemplateForm(forms.Form):
    """The words of a message."""

    name = forms.CharField(max_length=200)
    channel = forms.ChoiceField(choices=[(name, CHANNEL_NAMES.get(name, name)) for name in CHANNELS])
    subject = forms.CharField(max_length=300, required=False)
    body = forms.CharField(
        widget=forms.Textarea(attrs={"class": "code", "rows": 18, "spellcheck": "true"}), strip=False
    )

    def words(self) -> dict[str, str]:
        """What the template keeps."""
        return {key: self.cleaned_data[key] for key in ("name", "channel", "subject", "body")}


def template_form(template: Template | None, data: Any = None) -> TemplateForm:
    """The form of a template, or of a new one."""
    initial = {} if template is None else {key: getattr(template, key) for key in TemplateForm.base_fields}
    return TemplateForm(data, initial=initial)


def free_slug(name: str, taken: Any) -> str:
    """A slug made of a name that no other has."""
    base = slugify(name)[:70].strip("-_") or "untitled"
    slug, number = base, 2
    while slug in set(taken):
        slug, number = f"{base}-{number}", number + 1
    return slug


def read_flow(posted: QueryDict) -> Document:
    """The document that the editor's fields say; whether it is a whole flow is asked later."""
    nodes = {key: _node(posted, key) for key in posted.getlist("key")[:200]}
    goal = posted.get("goal", "").strip()
    return {
        "entry": {"on": "enter", "segment": posted.get("segment", "")},
        "re_entry": _re_entry(posted),
        "goal": {"event": goal} if goal else None,
        "first": posted.get("first", ""),
        "nodes": nodes,
    }


def apply_deed(document: Document, deed: str) -> tuple[Document, str]:
    """What a button of the editor does: `insert|kind|after|way`, `remove|key`, `up|key`. Returns where to look then."""
    name, *rest = deed.split("|")
    if name == "insert" and len(rest) == 3 and rest[0] in BLANK:
        kind, after, way = rest
        known = after in document["nodes"] and way in WAYS.get(document["nodes"][after].get("type", ""), ())
        return insert(document, kind, after=after, way=way) if known or not after else (document, "")
    if name == "remove" and len(rest) == 1:
        return remove(document, rest[0]), ""
    if name == "up" and len(rest) == 1 and rest[0] in document["nodes"]:
        return move_up(document, rest[0]), rest[0]
    return document, rest[0] if rest else ""


def _node(posted: QueryDict, key: str) -> dict[str, Any]:
    """One step as its fields say."""

    def said(name: str, default: str = "") -> str:
        return posted.get(f"{key}:{name}", default).strip()

    kind = said("type")
    node: dict[str, Any] = {"type": kind, **{way: said(way) for way in WAYS.get(kind, ())}}
    if kind == "send":
        node |= {"channel": said("channel", "email"), "template": said("template")}
        known = Template.objects.filter(slug=node["template"]).values_list("channel", flat=True).first()
        node["channel"] = known or node["channel"]
    elif kind == "wait":
        node["for"] = {"amount": _whole(said("amount")), "unit": said("unit", "days")}
    elif kind == "branch":
        node["rule"] = _rule(said("ask", "did"), said)
    return node


def _rule(kind: str, said: Any) -> Any:
    if kind == "rule":
        try:
            return json.loads(said("rule") or "{}")
        except json.JSONDecodeError:
            return said("rule")
    days = _whole(said("days", "0"))
    times = _whole(said("times", "1"))
    ask = Ask(kind, said("event"), times if times is not None else 1, days or 0, said("segment"))
    return rule_of(ask)


def _re_entry(posted: QueryDict) -> Any:
    if posted.get("re_entry") == "after":
        unit = posted.get("re_entry_unit", "days")
        return {"amount": _whole(posted.get("re_entry_amount", "")), "unit": unit}
    return posted.get("re_entry", "never")


def _whole(text: str) -> int | None:
    """A whole number, None for what is none: the flow's parser says so then, with its place."""
    return whole_in(text.strip(), digits=9)


def re_entry_parts(re_entry: Any) -> Mapping[str, Any]:
    """The fields of re-entry: which choice, and its time."""
    if isinstance(re_entry, Mapping):
        return {"choice": "after", "amount": re_entry.get("amount"), "unit": re_entry.get("unit", "days")}
    return {"choice": re_entry, "amount": 30, "unit": "days"}


class DesignForm(forms.Form):
    """One field of each kind, for the page of the design system."""

    name = forms.CharField(label="Text", help_text="As the reader will see it.")
    email = forms.EmailField(label="E-mail")
    amount = forms.IntegerField(label="Number", required=False)
    channel = forms.ChoiceField(label="One of a few", choices=[("email", "E-mail"), ("sms", "SMS")])
    day = forms.DateField(label="Date", required=False, widget=forms.DateInput({"type": "date"}))
    moment = forms.DateTimeField(
        label="Date and time", required=False, widget=forms.DateTimeInput({"type": "datetime-local"})
    )
    stay = DurationField(label="Duration", help_text="Empty: none.")
    words = forms.CharField(label="Long text", required=False, widget=forms.Textarea({"rows": 2}))
    agreed = forms.BooleanField(label="A choice", help_text="What it does.", required=False)
    locked = forms.CharField(label="Locked", initial="Nobody changes this", disabled=True, required=False)


class ReasonForm(forms.Form):
    """Why something is decided, and the review (its id) that whoever decides knows of."""

    reason = forms.CharField(
        max_length=2000,
        label="Why",
        help_text="The next review begins with it.",
        widget=forms.Textarea(attrs={"rows": 3}),
    )
    known = forms.IntegerField(widget=forms.HiddenInput)


class ReviewForm(ReasonForm):
    """A decision about a segment, with its reason."""

    CHOICES = (
        ("keep", "Keep: it does what its card says"),
        ("change", "Change: its rule or its card misses the point"),
        ("merge", "Merge: another one holds much the same customers"),
        ("retire", "Retire: nobody needs it any more"),
    )
    FIELDS = {"/reason": "reason", "/next_review_on": "next_review_on", "/with": "merged_with", "/decision": "decision"}

    decision = forms.ChoiceField(choices=CHOICES, widget=forms.RadioSelect, label="Decision")
    next_review_on = forms.DateField(
        required=False, label="Next review", widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d")
    )

    def __init__(self, data: QueryDict | None, *, segment: Segment, today: date) -> None:
        last = last_review(segment)
        usual = {"known": last.pk if last else 0, "next_review_on": today + USUAL, "decision": "keep"}
        super().__init__(data, initial=usual)
        others = Segment.objects.filter(status__in=REVIEWED, kind=Segment.Kind.DYNAMIC).exclude(pk=segment.pk)
        self.fields["merged_with"] = forms.ChoiceField(
            required=False,
            label="Merge with",
            choices=[("", "Choose a segment"), *others.order_by("name").values_list("slug", "name")],
        )

    def decided(self) -> dict[str, Any]:
        """The decision as the verb takes it. The date of a decision that ends the segment is nobody's concern."""
        values = self.cleaned_data
        merges = values["decision"] == Review.Decision.MERGE
        partners = Segment.objects.filter(slug=values["merged_with"] if merges else "").select_related("live_version")
        return {
            "decision": values["decision"],
            "reason": values["reason"],
            "next_review_on": values["next_review_on"],
            "merged_with": list(partners),
        }

    def refuse(self, pointer: str, message: str) -> None:
        """Say what the verb refused, beside the field it is about."""
        self.add_error(self.FIELDS.get(pointer), message)


class SplitForm(ReasonForm):
    """The condition that divides a segment in two, and why."""

    condition = forms.CharField(max_length=20_000, widget=forms.HiddenInput)
