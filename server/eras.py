"""Since when which certificate is presented at an origin: so it is known what the phones trust that keep it."""

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from server.config import port_of
from server.log import log
from server.settings import keep

FILE = "presented.json"


@dataclass(frozen=True)
class Era:
    """`by` is the folder below `tls/` of what was presented; null for what others hold, such as a proxy.

    `port` is where this server listened for it, which a router may forward to from another one; 0 where nobody knows.
    """

    since: datetime
    by: str | None
    port: int = 0


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
    return Era(since, told["by"] and str(told["by"]), int(told.get("port", 0)))


def note(
    data: Path, presented: Mapping[str, str | None], now: datetime, ports: Mapping[str, int] | None = None
) -> None:
    """Write what is presented at origins from now on, and forget all others; where that fails, the server goes on."""
    before, after = eras(data), dict[str, list[Era]]()
    for origin, by in presented.items():
        known, new = before.get(origin, []), Era(now, by, (ports or {}).get(origin, 0) if by else 0)
        after[origin] = known if known and replace(known[-1], since=now) == new else [*known, new]
    if after != before:
        told = {
            origin: [{"since": each.since.isoformat(), "by": each.by, "port": each.port} for each in known]
            for origin, known in after.items()
        }
        try:
            keep(data / FILE, json.dumps(told))
        except OSError as error:
            log.warning("%s cannot be written: %s", data / FILE, error)


def port_at(known: Sequence[Era], origin: str) -> int:
    """Return the port of this computer at which an origin was served last: its own, where nothing else is known."""
    return next((each.port for each in reversed(known) if each.by and each.port), port_of(origin))


def under(known: Sequence[Era], enrolled_at: datetime) -> str | None:
    """Return what was presented when a phone was set up; what is known first counts for the time before, too."""
    return [each.by for each in known if each is known[0] or each.since <= enrolled_at][-1]
