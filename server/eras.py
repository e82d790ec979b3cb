"""By which way phones got to an origin, and since when: so it stays served, and it is known what they trust there."""

import contextlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import Any

from server.config import Networks, port_of, proxy_networks
from server.log import log
from server.settings import keep

FILE = "presented.json"
_SENSELESS = (ValueError, TypeError, AttributeError, KeyError, RecursionError)
_UNREADABLE = (OSError, *_SENSELESS)


@dataclass(frozen=True)
class Era:
    """What answered at an origin since then, and where this server listened for it: a router may forward to there.

    `certificate` and `key` are the files that were presented, null where a proxy in front presents its own: it is
    believed for whom it calls where it calls from `believed`. `host` is empty, or `port` 0, where nobody knows.
    """

    since: datetime
    port: int
    host: str
    certificate: Path | None = None
    key: Path | None = None
    believed: Networks = ()

    @property
    def tls(self) -> bool:
        """Whether it was this server that presented a certificate."""
        return self.certificate is not None


def eras(data: Path) -> dict[str, list[Era]]:
    """Return what is written of each origin, oldest first; what cannot be read counts as nothing."""
    try:
        return _known(data)
    except OSError as error:
        log.warning("%s cannot be read, and counts as nothing until it can be: %s", data / FILE, error)
        return {}


def _known(data: Path) -> dict[str, list[Era]]:
    """Return what is written; what makes no sense is put aside. Raises OSError: what it says may be read again."""
    file = data / FILE
    try:
        told = json.loads(file.read_text(encoding="utf-8"))
        return {origin: [_read(each, origin, data) for each in found] for origin, found in told.items() if found}
    except FileNotFoundError:
        return {}
    except (IsADirectoryError, *_SENSELESS) as error:
        log.warning("%s cannot be read, and counts as nothing: %s", file, error)
    with contextlib.suppress(OSError):
        file.replace(file.with_name(f"{FILE}.unreadable"))  # for whoever wants to know what it said
    return {}


def _read(told: Any, origin: str, data: Path) -> Era:  # noqa: ANN401 - JSON
    since = datetime.fromisoformat(told["since"])
    if since.tzinfo is None:
        message = f"{told['since']} has no time zone"
        raise ValueError(message)
    port, host = int(told.get("port", 0)), str(told.get("host", ""))
    if not 0 <= port < 65536:
        message = f"{port} is no port"
        raise ValueError(message)
    if "by" in told:
        return _of_before(told["by"], since, port, origin, data)
    if "certificate" in told:
        return Era(since, port, host, data / told["certificate"], data / told["key"])
    return Era(since, port, host, believed=proxy_networks(told["believed"]))


def _of_before(by: Any, since: datetime, port: int, origin: str, data: Path) -> Era:  # noqa: ANN401 - JSON
    """Read what an earlier version wrote, which named a folder below `tls/`, and proxies in a file of their own."""
    if by:
        folder = data / "tls" / str(by)
        about = {"certificate": "certificate.pem", "key": "certificate.key"}
        with contextlib.suppress(*_UNREADABLE):
            about |= json.loads((folder / "about.json").read_text(encoding="utf-8"))
        files = folder / about["certificate"], folder / about["key"]
        return Era(since, port or port_of(origin), about.get("host", ""), *files)
    with contextlib.suppress(*_UNREADABLE):
        front = json.loads((data / "proxied.json").read_text(encoding="utf-8"))[origin]
        return Era(since, int(front["port"]), "localhost", believed=proxy_networks(front["believed"]))
    return Era(since, 0, "")


def note(data: Path, presented: Mapping[str, Era | None], *, forget: bool) -> None:
    """Write what is presented at origins from then on, null where that is what was written last.

    `forget` all others. Where it cannot be read or written, it stays as it is, and the server goes on.
    """
    try:
        before = _known(data)
    except OSError:  # which was said as it was read
        return
    after = {} if forget else dict(before)
    for origin, new in presented.items():
        known = before.get(origin, [])
        same = new is None or (known and replace(known[-1], since=new.since) == new)
        if found := known if same or new is None else [*known, new]:
            after[origin] = found
    if after == before:
        return
    told = {origin: [_written(each, data) for each in known] for origin, known in after.items()}
    try:
        keep(data / FILE, json.dumps(told))
        (data / "proxied.json").unlink(missing_ok=True)  # an earlier version's, by now in there
    except OSError as error:
        log.warning("%s cannot be written: %s", data / FILE, error)


def _written(era: Era, data: Path) -> dict[str, Any]:
    """Return one as JSON; files in the data folder are named from there, so that it can be moved."""

    def named(file: Path) -> str:
        return file.relative_to(data).as_posix() if file.is_relative_to(data) else str(file)

    told: dict[str, Any] = {"since": era.since.isoformat(), "port": era.port, "host": era.host}
    if era.certificate is None or era.key is None:
        return {**told, "believed": [str(each) for each in era.believed]}
    return {**told, "certificate": named(era.certificate), "key": named(era.key)}


def under(known: Sequence[Era], enrolled_at: datetime) -> Era:
    """Return what was presented when a phone was set up; what is known first counts for the time before, too."""
    return [each for each in known if each is known[0] or each.since <= enrolled_at][-1]
