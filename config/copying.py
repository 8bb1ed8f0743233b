"""Streams columns into a table with COPY."""

from __future__ import annotations

import io
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.csv
from django.db import connection


def copy(target: str, columns: dict[str, Any]) -> None:
    """Writes the columns (equally long; None is NULL) to `target`, a table with its column list."""
    table = pa.Table.from_pandas(pd.DataFrame(columns), preserve_index=False)
    buffer = io.BytesIO()
    pa.csv.write_csv(table, buffer, pa.csv.WriteOptions(include_header=False))
    with connection.cursor() as cursor, cursor.copy(f"COPY {target} FROM STDIN (FORMAT csv)") as stream:
        stream.write(buffer.getvalue())


def arrays(texts: pd.DataFrame, of: pd.Series[Any]) -> pd.Series[Any]:
    """Of each of `of` its texts as an array of PostgreSQL; `texts` has a row for each, with the columns `of` and `text`."""
    each = texts.drop_duplicates().sort_values(["of", "text"])
    quoted = '"' + each["text"].str.replace(r'(["\\])', r"\\\1", regex=True) + '"'
    lists = "{" + quoted.groupby(each["of"]).agg(",".join) + "}"
    return of.map(lists).fillna("{}")


def instants(times: pd.Series[Any]) -> pd.Series[Any]:
    """Naive UTC times as ISO 8601 text with microseconds."""
    return times.dt.strftime("%Y-%m-%dT%H:%M:%S.%f") + "Z"
