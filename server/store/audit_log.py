"""Appends to the audit log, in the transaction of what it describes, and checks its chain."""

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from sqlalchemy import insert, select

from server import protocol
from server.contract.topic import Topic
from server.domain.audit import GENESIS, Event, chained, outcome_of
from server.store import tables
from server.store.devices import verification_of
from server.store.ids import new_id
from server.store.work import Work


@dataclass(frozen=True)
class Source:
    """Where a call came from: what the client claims, and the address the server saw."""

    device_name: str | None = None
    application: str | None = None
    ip: str | None = None

    @classmethod
    def of(cls, details: dict[str, Any]) -> "Source":
        """Return where a request came from, by its details (protocol, section 3)."""
        return cls(details["device_name"], details["application"], details["ip"])


NOWHERE = Source()

_AUDIT = tables.Table.metadata.tables["audit"]
_HEAD = select(_AUDIT.c.number, _AUDIT.c.hash).order_by(_AUDIT.c.number.desc()).limit(1)
_APPEND = insert(_AUDIT)


def record(
    work: Work,
    event: Event,
    now: datetime,
    *,
    username: str | None = None,
    source: Source = NOWHERE,
    action: str | None = None,
    kind: str | None = None,
    request: str | None = None,
    target: list[dict[str, Any]] | None = None,
    parameters: dict[str, Any] | None = None,
    reason: str | None = None,
    device: tables.Device | None = None,
    company: str | None = None,
    **more: Any,  # noqa: ANN401 - JSON values
) -> None:
    """Append one line; `more` are members that only some events have, such as `evidence`.

    `company` is that in which what was acted on lies: whoever sees some companies only reads the lines of these. A
    phone without a passkey is marked wherever it is named.
    """
    if company is not None:
        more["company"] = company
    if device is not None and verification_of(device) == "PIN":
        more["verification"] = "PIN"
    line = {
        "id": new_id("evt"),
        "at": now.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z"),
        "event": str(event),
        "outcome": str(outcome_of(event)),
        "username": username,
        "device_name": source.device_name,
        "application": source.application,
        "ip": source.ip,
        "action": action,
        "kind": kind,
        "request": request,
        "target": target,
        "parameters": parameters,
        "reason": reason,
        "device": device.name if device else None,
        **more,
    }
    body = protocol.canonical(line)
    number, previous = _head(work)
    row = {"number": number + 1, "at": now, "body": body, "hash": chained(previous, body), **found_by(line)}
    work.connection.execute(_APPEND, row)
    work.publish(Topic.AUDIT)


def found_by(line: dict[str, Any]) -> dict[str, Any]:
    """Return the columns by which a line is found."""
    names = [part for each in line["target"] or [] for part in (each["id"], each["name"])]
    worded = ("username", "device_name", "application", "ip", "action", "event", "request", "reason", "device")
    words = [*(line[name] for name in worded if line[name]), *names]
    return {
        "id": line["id"],
        "event": line["event"],
        "outcome": line["outcome"],
        "actor": line["username"].lower() if line["username"] else None,
        "request": line["request"],
        "company": line.get("company"),
        "subjects": "\n".join(["", *names, line["request"] or "", ""]),
        "words": " ".join(words).casefold(),
    }


def _head(work: Work) -> tuple[int, bytes]:
    found = work.connection.execute(_HEAD).one_or_none()
    return (found.number, found.hash) if found else (0, GENESIS)


def first_broken(work: Work) -> tuple[int, str | None]:
    """Count the lines that hold, and name the first that does not: its id, or null where all do."""
    previous, held = GENESIS, 0
    lines = select(tables.AuditEvent).order_by(tables.AuditEvent.number).execution_options(yield_per=1000)
    for row in work.session.scalars(lines):
        if row.number != held + 1 or not _holds(row, previous):
            return held, row.id
        previous, held = row.hash, held + 1
    return held, None


def _holds(row: tables.AuditEvent, previous: bytes) -> bool:
    """Whether a row is chained to the one before, and its columns say what its body says."""
    try:
        line = json.loads(row.body)
        found = found_by(line)
        same = all(getattr(row, name) == value for name, value in found.items())
        same = same and datetime.fromisoformat(line["at"]) == row.at
        return same and row.hash == chained(previous, row.body)
    except (TypeError, ValueError, KeyError, AttributeError):
        return False
