"""Since when which certificate is presented at an origin: so it is known what the phones trust that keep it."""

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from server.log import log
from server.settings import keep

FILE = "presented.json"


@dataclass(frozen=True)
class Era:
    """`by` is the folder below `tls/` of what was presented; null for what others hold, such as a proxy."""

    since: datetime
    by: str | None


def eras(data: Path) -> dict[str, list[Era]]:
    """Return what is written of each origin, oldest first; what cannot be read is put aside, and counts as nothing."""
    file = data / FILE
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return {origin: [_read(each) for each in found] for origin, found in told.items()}
    except FileNotFoundError:
        return {}
    except (OSError, ValueError, TypeError, AttributeError, KeyError, RecursionError) as error:
        log.warning("%s cannot be read, and counts as nothing: %s", file, error)
    with contextlib.suppress(OSError):
        file.replace(file.with_name(f"{FILE}.unreadable"))  # for whoever wants to know what it said
    return {}


def _read(told: Any) -> Era:  # noqa: ANN401 - JSON
    since = datetime.fromisoformat(told["since"])
    if since.tzinfo is None:
        message = f"{told['since']} has no time zone"
        raise ValueError(message)
    return Era(since, told["by"] and str(told["by"]))


def note(data: Path, presented: Mapping[str, str | None], now: datetime) -> None:
    """Write what is presented at origins from now on, and forget all others; where that fails, the server goes on."""
    before, after = eras(data), dict[str, list[Era]]()
    for origin, by in presented.items():
        known = before.get(origin, [])
        after[origin] = known if known and known[-1].by == by else [*known, Era(now, by)]
    if after != before:
        told = {
            origin: [{"since": each.since.isoformat(), "by": each.by} for each in known]
            for origin, known in after.items()
        }
        try:
            keep(data / FILE, json.dumps(told))
        except OSError as error:
            log.warning("%s cannot be written: %s", data / FILE, error)


def under(known: Sequence[Era], enrolled_at: datetime) -> str | None:
    """Return what was presented when a phone was set up; what is known first counts for the time before, too."""
    return [each.by for each in known if each is known[0] or each.since <= enrolled_at][-1]
