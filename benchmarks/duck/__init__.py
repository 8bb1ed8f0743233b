"""DuckDB beside Tideline: the same questions in SQL written by hand, over the same events, in the same run."""

from benchmarks.duck.beside import DifferentAnswerError, Ours, beside

__all__ = ["DifferentAnswerError", "Ours", "beside"]
