"""The forms of segments: a new one, its card and settings, publishing."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping
from datetime import UTC, datetime
from math import isfinite
from typing import Any

from django import forms
from django.contrib.auth.models import User
from django.db.models import QuerySet

from common.asked import text_in
from segmentation.models import Segment
from segmentation.queries.kpis import KPIS

CHANNELS = (("email", "E-mail"), ("sms", "SMS"), ("push", "Push"), ("onsite", "On site"))
INCENTIVES = (
    ("none", "None"),
    ("discount", "Discount"),
    ("free_shipping", "Free shipping"),
    ("points", "Points"),
    ("early_access", "Early access"),
    ("exclusive", "Exclusive"),
    ("content", "Content"),
)
UNITS = (("minutes", "minutes"), ("hours", "hours"), ("days", "days"), ("weeks", "weeks"))
LONGEST = 36_500
HYSTERESIS = ("min_stay", "exit_grace", "re_entry_pause")


class NewSegmentForm(forms.Form):
    """The name of a segment, and what it is for."""

    name = forms.CharField(max_length=200, label="Name", widget=forms.TextInput(attrs={"autofocus": True}))
    goal = forms.CharField(
        max_length=1000, required=False, label="Goal", help_text="What should happen with these customers?"
    )

    kind = forms.ChoiceField(
        choices=(
            ("dynamic", "whoever a rule holds for, kept true by itself"),
            ("static", "a fixed list, changed by hand"),
        ),
        initial="dynamic",
        required=False,
        label="Who is in it",
        widget=forms.RadioSelect,
    )


class MembersForm(forms.Form):
    """Customers by their ids or e-mails: written one a line, or the column of a file."""

    COLUMNS = ("id", "user_id", "email", "phone", "anonymous_id")
    MOST_BYTES = 20_000_000

    named = forms.CharField(
        required=False,
        strip=False,
        label="User ids or e-mails",
        help_text="One a line.",
        widget=forms.Textarea(attrs={"rows": 6}),
    )
    file = forms.FileField(
        required=False,
        label="Or a CSV file",
        help_text="The column id, user_id, email, phone or anonymous_id counts; without a header the first one does.",
        widget=forms.FileInput(attrs={"accept": ".csv,.txt,text/csv"}),
    )

    @property
    def source(self) -> str:
        """Where the names came from, for the log of changes."""
        file = self.cleaned_data.get("file")
        return f"file {file.name}"[:200] if file else "written by hand"

    def clean(self) -> dict[str, Any]:
        """Adds `found`: the kind of id, and the values."""
        values = super().clean() or {}
        file = values.get("file")
        found = references_in(self._text(file) if file else values.get("named", ""))
        if not found[1]:
            raise forms.ValidationError("Write at least one id or e-mail, or choose a file that has some.")
        return {**values, "found": found}

    def _text(self, file: Any) -> str:
        if file.size > self.MOST_BYTES:
            raise forms.ValidationError("The file is larger than 20 MB. Split it.")
        try:
            return str(file.read().decode("utf-8-sig"))
        except UnicodeDecodeError as error:
            raise forms.ValidationError("The file is no UTF-8 text. Save it as CSV in UTF-8.") from error


def references_in(text: str) -> tuple[str, list[str]]:
    """The kind of id in a CSV text, and its values, each once. Without a header a column of e-mails is told by its @."""
    lines = [line for line in text_in(text).splitlines() if line.strip()]
    split = ";" if lines and lines[0].count(";") > lines[0].count(",") else ","
    try:
        rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO("\n".join(lines)), delimiter=split)]
    except csv.Error as error:
        raise forms.ValidationError(f"The text is no CSV: {error}.") from error
    header = [cell.lower() for cell in rows[0]] if rows else []
    kind = next((name for name in MembersForm.COLUMNS if name in header), "")
    place = header.index(kind) if kind else 0
    # An export has a quote before what a spreadsheet would take for a formula: +48 … of a telephone number.
    cells = [row[place].removeprefix("'") for row in rows[1 if kind else 0 :] if len(row) > place]
    values = list(dict.fromkeys(cell for cell in cells if cell))
    return kind or ("email" if values and all("@" in value for value in values) else "user_id"), values


class SnapshotForm(forms.Form):
    """The name of a frozen copy, and whose: of a state, at an instant."""

    name = forms.CharField(max_length=200)
    state = forms.ChoiceField(choices=[(state, state) for state in ("active", "suppressed", "all")], required=False)
    at = forms.CharField(max_length=40, required=False)

    def clean_at(self) -> datetime | None:
        """The instant of a `datetime-local` field."""
        try:
            return instant_of(self.cleaned_data["at"])
        except ValueError as error:
            raise forms.ValidationError("This is no date and time.") from error

    def wanted(self) -> dict[str, Any]:
        """What was asked for, as `snapshot` takes it."""
        return {**self.cleaned_data, "state": self.cleaned_data["state"] or "active"}


def instant_of(text: str) -> datetime | None:
    """The instant of a `datetime-local` field, in UTC; None for none. Raises ValueError for anything else."""
    if not text:
        return None
    found = datetime.fromisoformat(text)
    return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)


class DurationWidget(forms.MultiWidget):
    """An amount and a unit, side by side."""

    def __init__(self) -> None:
        amount = forms.NumberInput(attrs={"min": 1, "step": 1, "class": "short"})
        super().__init__([amount, forms.Select(choices=UNITS, attrs={"aria-label": "Unit", "class": "short"})])

    def id_for_label(self, id_: str, index: str | None = None) -> str:
        return f"{id_}_0"

    def decompress(self, value: Mapping[str, Any] | None) -> list[Any]:
        return [value["amount"], value["unit"]] if value else [None, "days"]


class DurationField(forms.MultiValueField):
    """`{"amount", "unit"}`, or null where no amount is given."""

    def __init__(self, *, label: str, help_text: str) -> None:
        fields = (forms.IntegerField(min_value=1, max_value=LONGEST, required=False), forms.ChoiceField(choices=UNITS))
        super().__init__(
            fields,
            label=label,
            help_text=help_text,
            required=False,
            require_all_fields=False,
            widget=DurationWidget(),
        )

    def compress(self, data_list: list[Any]) -> dict[str, Any] | None:
        return {"amount": data_list[0], "unit": data_list[1]} if data_list and data_list[0] else None


class TagsField(forms.CharField):
    """Words between commas, each kept once."""

    def prepare_value(self, value: Any) -> Any:
        return ", ".join(value) if isinstance(value, list) else value

    def to_python(self, value: Any) -> Any:
        words = (word.strip() for word in str(value or "").split(","))
        return list(dict.fromkeys(word for word in words if word))


class _Person(forms.ModelChoiceField):
    def label_from_instance(self, obj: Any) -> str:
        return str(obj.get_full_name() or obj.get_username())


def people_who_own() -> QuerySet[User]:
    """Everybody who can own a segment: people, not keys."""
    return User.objects.filter(is_active=True, api_key=None).order_by("username")


class CardForm(forms.Form):
    """What a segment is for: its card, with tags and folder."""

    name = forms.CharField(max_length=200)
    goal = forms.CharField(max_length=1000, required=False, help_text="What should happen with these customers?")
    owner = _Person(queryset=None, required=False, empty_label="Nobody")
    review_on = forms.DateField(required=False, label="Review on", widget=forms.DateInput(attrs={"type": "date"}))
    tags = TagsField(required=False, help_text="Words between commas.")
    folder = forms.CharField(max_length=100, required=False)
    action = forms.CharField(max_length=1000, required=False, label="Campaign action")
    message = forms.CharField(max_length=1000, required=False, label="Message strategy")
    channels = forms.MultipleChoiceField(choices=CHANNELS, required=False, widget=forms.CheckboxSelectMultiple)
    incentive = forms.ChoiceField(choices=INCENTIVES)
    kpi = forms.CharField(
        max_length=200,
        required=False,
        label="KPI",
        help_text="One of the suggestions is computed day by day; any other words are kept as they are.",
        widget=forms.TextInput(attrs={"list": "kpis", "autocomplete": "off"}),
    )
    kpi_target = forms.FloatField(required=False, label="Target", help_text="0.2 is 20 %.")

    CARD_SECTIONS: tuple[tuple[str, str, tuple[str, ...]], ...] = (
        ("Card", "", ("name", "goal", "owner", "review_on", "tags", "folder")),
        ("Campaign", "", ("action", "message", "channels", "incentive", "kpi", "kpi_target")),
    )
    SECTIONS = CARD_SECTIONS

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        people = people_who_own()
        owner = self.fields["owner"]
        if isinstance(owner, forms.ModelChoiceField):
            owner.queryset = people

    @classmethod
    def initial_of(cls, segment: Segment) -> dict[str, Any]:
        """What the segment has, by field."""
        return {name: getattr(segment, name) for name in cls.base_fields}

    def sections(self) -> list[tuple[str, str, list[forms.BoundField]]]:
        """The fields under the headings they are shown below."""
        return [(title, text, [self[name] for name in names]) for title, text, names in self.SECTIONS]

    @property
    def kpis(self) -> list[tuple[str, str]]:
        """The KPIs that are computed: the key, and how."""
        return [(kpi.key, kpi.how) for kpi in KPIS.values()]


class SettingsForm(CardForm):
    """Everything about a segment that is not its rule."""

    min_stay = DurationField(
        label="Minimum stay",
        help_text="Whoever enters stays at least this long, even when the rule no longer holds for them.",
    )
    exit_grace = DurationField(
        label="Exit grace",
        help_text="When the rule stops holding, wait this long before they leave; if it holds again meanwhile, nothing happened.",
    )
    re_entry_pause = DurationField(
        label="Pause before re-entry", help_text="Whoever left cannot come back for this long."
    )
    rank = forms.IntegerField(
        min_value=1, required=False, help_text="Its place in the portfolio: 1 speaks first. Others move aside."
    )
    blocks_all_below = forms.BooleanField(
        required=False,
        label="Full stop: suppress every segment below",
        help_text="For an open ticket, a pending refund, a legal hold.",
    )

    SECTIONS = (
        *CardForm.CARD_SECTIONS,
        (
            "Steadiness",
            "Against customers who come and go at the edge of the rule. Empty means at once.",
            HYSTERESIS,
        ),
        ("Priority", "", ("rank", "blocks_all_below")),
    )

    def __init__(self, *args: Any, ranked: bool = False, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        # A draft has no place yet: it gets the last one when it is published.
        self.fields["rank"].disabled = not ranked


class BacktestForm(forms.Form):
    """How far back to look."""

    days = forms.IntegerField(min_value=1, max_value=730, initial=90, label="Days to look back")


class SweepForm(forms.Form):
    """One number of a rule, and the values to try in its place."""

    pointer = forms.ChoiceField(label="Number")
    values = forms.CharField(max_length=500, label="Values to try", help_text="Between commas: 60, 90, 120.")

    def __init__(self, *args: Any, numbers: list[tuple[str, str]], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        pointer = self.fields["pointer"]
        if isinstance(pointer, forms.ChoiceField):
            pointer.choices = numbers

    def clean_values(self) -> list[int | float]:
        """The numbers, whole ones as whole numbers."""
        try:
            found = [float(word) for word in self.cleaned_data["values"].split(",") if word.strip()]
        except ValueError as error:
            raise forms.ValidationError("Write numbers between commas: 60, 90, 120.") from error
        if not all(map(isfinite, found)):
            raise forms.ValidationError("Write numbers between commas: 60, 90, 120.")
        return [int(number) if number.is_integer() else number for number in found]


class PublishForm(forms.Form):
    """What to say about a publish, and whether its entries start journeys."""

    revision = forms.IntegerField(widget=forms.HiddenInput)
    note = forms.CharField(
        required=False,
        max_length=1000,
        label="What changed, and why",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text="Kept with the version.",
    )
    entries = forms.ChoiceField(
        label="The customers who enter now",
        choices=(("start", "start the journeys of this segment"), ("silent", "are taken in silently")),
        initial="start",
        widget=forms.RadioSelect,
    )


class DismissForm(forms.Form):
    """Why a finding is lived with, and until which day."""

    reason = forms.CharField(max_length=1000, label="Why")
    until = forms.DateField(label="Until")
