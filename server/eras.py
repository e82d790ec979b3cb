"""Since when which certificate is presented at an origin: so it is known what the phones trust that keep it."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from server.settings import keep

FILE = "presented.json"


@dataclass(frozen=True)
class Era:
    """`by` is the folder below `tls/` of what was presented; null for what others hold, such as a proxy."""

    since: datetime
    by: str | None


def eras(data: Path) -> dict[str, list[Era]]:
    """Return what is written of each origin, oldest first; nothing where that cannot be read."""
    try:
        told = json.loads((data / FILE).read_text(encoding="utf-8"))
        return {origin: [_read(each) for each in found] for origin, found in told.items()}
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return {}


def _read(told: Any) -> Era:  # noqa: ANN401 - JSON
    return Era(datetime.fromisoformat(told["since"]), told["by"] and str(told["by"]))


def note(data: Path, presented: Mapping[str, str | None], now: datetime) -> None:
    """Write what is presented at origins from now on, and forget all others."""
    before, after = eras(data), dict[str, list[Era]]()
    for origin, by in presented.items():
        known = before.get(origin, [])
        after[origin] = known if known and known[-1].by == by else [*known, Era(now, by)]
    if after != before:
        told = {
            origin: [{"since": each.since.isoformat(), "by": each.by} for each in known]
            for origin, known in after.items()
        }
        keep(data / FILE, json.dumps(told))


def under(known: Sequence[Era], enrolled_at: datetime) -> str | None:
    """Return what was presented when a phone was set up; what is known first counts for the time before, too."""
    return [each.by for each in known if each is known[0] or each.since <= enrolled_at][-1]
