"""Lines of CSV (RFC 4180) that no spreadsheet takes for formulas."""

import csv
import io
import json
import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

_FORMULA = re.compile(r"(^|[;\t\r\n])(?=[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])")
"""Where a cell of a formula would begin: at the start, or where a program that separates by something else cuts.

Some take the wide forms of the four signs for them."""


def lines(rows: Iterable[Sequence[Any]]) -> str:
    """Return a line for each row; what is neither a text nor a time is written as JSON, null as nothing."""
    text = io.StringIO()
    csv.writer(text).writerows([_cell(value) for value in row] for row in rows)
    return text.getvalue()


def _cell(value: Any) -> str:  # noqa: ANN401 - any JSON value
    if value is None:
        return ""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return _FORMULA.sub(r"\1'", text)
