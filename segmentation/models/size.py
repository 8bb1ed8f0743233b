"""How many are in each segment, as numbers that add up: kept by the database itself, beside every move of a membership."""

from __future__ import annotations

from django.db import models


class SizeChange(models.Model):
    """So many more (or fewer) memberships of a segment in a state. The sum over a segment is its size, exactly.

    Triggers on the membership table write the rows, in the transaction of the move (migration `0004_sizes`); rows are only
    ever added, so that two who move members never wait for each other, and added up into one now and then (`add_up`).
    Without a foreign key: what is said of a segment that is gone is read by nobody.
    """

    segment_id = models.BigIntegerField()
    state = models.CharField(max_length=10)
    more = models.BigIntegerField()

    class Meta:
        indexes = [models.Index(fields=["segment_id"], include=["state", "more"], name="size_of_segment")]
