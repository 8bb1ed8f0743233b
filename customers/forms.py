"""What people type on the pages of customers."""

from __future__ import annotations

import json
import re
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from typing import Any
from zoneinfo import available_timezones

from django import forms
from django.utils.text import slugify

from customers.models import Source, WriteKey

KEY = re.compile(r"[^\x00-\x1f]{1,100}")


class AttributeForm(forms.Form):
    """One attribute of one customer: its name, what kind of value, and the value; empty takes it away."""

    KINDS = [
        ("text", "Text"),
        ("number", "Number"),
        ("boolean", "Yes or no"),
        ("date", "Date or time"),
        ("json", "JSON"),
    ]

    key = forms.CharField(
        label="Attribute", max_length=100, widget=forms.TextInput({"list": "attribute-keys", "autocomplete": "off"})
    )
    kind = forms.ChoiceField(label="Kind", choices=KINDS)
    value = forms.CharField(label="Value", required=False, max_length=10_000, help_text="Empty removes the attribute.")

    def clean_key(self) -> str:
        """The name as it is stored."""
        key: str = self.cleaned_data["key"].strip()
        if not KEY.fullmatch(key):
            raise forms.ValidationError("Use up to 100 printable characters.")
        return key

    def clean(self) -> dict[str, Any]:
        """Turn the typed text into the JSON value that is stored."""
        data = super().clean() or {}
        if "value" in data and "kind" in data:
            try:
                data["value"] = _value(data["kind"], data["value"].strip())
            except (ValueError, InvalidOperation) as error:
                self.add_error("value", _COMPLAINTS[data["kind"]] if data["kind"] in _COMPLAINTS else str(error))
        return data


_COMPLAINTS = {
    "number": "This is no number: write it as 12.5.",
    "boolean": "Write yes or no.",
    "date": "Write a date as 2026-11-22, or an instant as 2026-11-22T10:00:00Z.",
    "json": 'This is no JSON. Text needs quotes: "blue".',
}


def _value(kind: str, text: str) -> Any:
    """The JSON value of a text; None for an empty one. Raises ValueError or InvalidOperation."""
    if not text or kind == "text":
        return text or None
    if kind == "number":
        return _number(text)
    if kind == "boolean":
        return {"yes": True, "true": True, "no": False, "false": False}.get(text.lower()) or _no(text)
    if kind == "date":
        if len(text) > 10:
            return datetime.fromisoformat(text).isoformat()
        return date.fromisoformat(text).isoformat()
    return json.loads(text)


def _number(text: str) -> int | float:
    number = Decimal(text)
    if not number.is_finite():
        raise ValueError(text)
    return int(number) if number == number.to_integral_value() and abs(number) < 10**15 else float(number)


def _no(text: str) -> bool:
    if text.lower() not in ("no", "false"):
        raise ValueError(text)
    return False


class EraseForm(forms.Form):
    """The question before a customer is erased: their name, typed as it stands on the page."""

    name = forms.CharField(label="Their name", max_length=500, widget=forms.TextInput({"autocomplete": "off"}))

    def __init__(self, *args: Any, expected: str, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.expected = " ".join(expected.split())
        self.fields["name"].help_text = f"Type “{self.expected}” to show that you mean them."

    def clean_name(self) -> str:
        """The name, if it is theirs."""
        name = " ".join(str(self.cleaned_data["name"]).split())
        if name != self.expected:
            raise forms.ValidationError(f"This is not their name: “{self.expected}”. Nothing was erased.")
        return name


class SourceForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new source. Its short name is made from its name when none is given."""

    slug = forms.SlugField(label="Short name", required=False, help_text="For rules and addresses, as in web-shop.")
    timezone = forms.CharField(label="Time zone", initial="UTC", help_text="As in Europe/Berlin.")

    class Meta:
        model = Source
        fields = ("name", "slug", "store", "timezone")
        labels = {"name": "Name", "store": "Store"}
        widgets = {"name": forms.TextInput(), "store": forms.TextInput()}
        help_texts = {"store": "Stands in where an event names no store."}

    def clean_timezone(self) -> str:
        """A zone that the time zone data knows."""
        zone: str = self.cleaned_data["timezone"].strip()
        if zone not in available_timezones():
            raise forms.ValidationError("There is no such time zone: write one as Europe/Berlin.")
        return zone

    def clean(self) -> dict[str, Any]:
        """Make the short name where none was typed, and see that it is free."""
        data = super().clean() or self.cleaned_data
        slug = data.get("slug") or slugify(data.get("name", ""))
        if not slug:
            self.add_error("slug", "Give a short name of letters and digits.")
        elif Source.objects.filter(slug=slug).exists():
            self.add_error("slug", "Another source has this short name.")
        return {**data, "slug": slug}


class WriteKeyForm(forms.ModelForm):  # type: ignore[type-arg]
    """A new write key of a source, with its limit."""

    class Meta:
        model = WriteKey
        fields = ("events_per_minute",)
        labels = {"events_per_minute": "Events a minute at most"}
        help_texts = {"events_per_minute": "Empty: no limit."}
