"""Do one thing to many segments: each by its own verb, so that each is refused alone, and for the same reasons as ever."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from django.contrib.auth.models import User

from common.asked import text_in
from segmentation.errors import SegmentError
from segmentation.jobs import Progress, enqueue
from segmentation.lifecycle import archive, pause, resume
from segmentation.models import Job, Segment
from segmentation.rules.faults import RuleError
from segmentation.save import edit_card

KIND = "bulk"
# So many are done while the person waits; a pause or an archive may have many customers to govern anew.
SHORT = 8


@dataclass(frozen=True)
class Deed:
    """One thing that can be done: the word for it, what it needs beside the segments, and how."""

    past: str
    needs: str
    do: Callable[[Segment, str, User, datetime], object]


def _tag(segment: Segment, tag: str, by: User, now: datetime) -> object:
    return edit_card(segment=segment, card={"tags": [*dict.fromkeys([*segment.tags, tag])]}, by=by, now=now)


def _untag(segment: Segment, tag: str, by: User, now: datetime) -> object:
    return edit_card(segment=segment, card={"tags": [one for one in segment.tags if one != tag]}, by=by, now=now)


def _move(segment: Segment, folder: str, by: User, now: datetime) -> object:
    return edit_card(segment=segment, card={"folder": folder}, by=by, now=now)


def _give(segment: Segment, name: str, by: User, now: datetime) -> object:
    owner = User.objects.filter(username=name, is_active=True).first() if name else None
    if name and owner is None:
        raise SegmentError("invalid", f"There is nobody called “{name}”.", pointer="/value")
    return edit_card(segment=segment, card={"owner": owner}, by=by, now=now)


DEEDS: dict[str, Deed] = {
    "pause": Deed("paused", "", lambda segment, _, by, now: pause(segment=segment, by=by, now=now)),
    "resume": Deed("live again", "", lambda segment, _, by, now: resume(segment=segment, by=by, now=now)),
    "archive": Deed("archived", "", lambda segment, _, by, now: archive(segment=segment, by=by, now=now)),
    "tag": Deed("tagged", "tag", _tag),
    "untag": Deed("without the tag", "tag", _untag),
    "folder": Deed("moved", "", _move),
    "owner": Deed("given to their owner", "", _give),
}


def request_bulk(*, do: str, segments: Sequence[Segment], value: str = "", by: User, now: datetime) -> Job:
    """Leave the work of doing something to segments. Raises SegmentError (`invalid`, `missing`) where it says too little."""
    if do not in DEEDS:
        raise SegmentError("invalid", f"There is nothing called “{do}” to do: {', '.join(DEEDS)}.", pointer="/do")
    if not segments:
        raise SegmentError("missing", "Choose the segments first.", pointer="/segments")
    value = " ".join(text_in(value).split())[:200]
    if DEEDS[do].needs and not value:
        raise SegmentError("missing", f"Name the {DEEDS[do].needs}.", pointer="/value")
    parameters = {"do": do, "segments": [segment.slug for segment in segments], "value": value}
    return enqueue(kind=KIND, parameters=parameters, by=by, now=now)


def bulk(*, job: Job, now: datetime) -> Mapping[str, Any]:
    """Do the job, one segment after the other. Those refused are named with the reason; the others are done all the same."""
    progress, asked = Progress(job, now), job.parameters["segments"]
    deed, value, by = DEEDS[job.parameters["do"]], job.parameters["value"], job.created_by
    done: list[str] = []
    refused: list[dict[str, str]] = []
    assert by is not None
    for number, slug in enumerate(asked):
        progress.say(number / len(asked), f"{number:,} of {len(asked):,} done")
        segment = Segment.objects.select_related("owner").filter(slug=slug).first()
        why = "It is gone." if segment is None else _refusal(deed, segment, value, by, now)
        if why:
            refused.append({"segment": slug, "name": segment.name if segment else slug, "why": why})
        else:
            done.append(slug)
    return {"done": done, "refused": refused, "said": said(deed.past, done, refused)}


def _refusal(deed: Deed, segment: Segment, value: str, by: User, now: datetime) -> str:
    """Do it; why not, where it was refused."""
    try:
        deed.do(segment, value, by, now)
    except (SegmentError, RuleError) as error:
        return error.message
    return ""


def said(past: str, done: Sequence[str], refused: Sequence[Mapping[str, str]]) -> str:
    """What came of it, in one sentence."""
    what = f"{len(done):,} segment{'' if len(done) == 1 else 's'} {past}"
    return f"{what}, {len(refused):,} refused." if refused else f"{what}."
