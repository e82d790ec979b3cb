"""Sealing everything anew: after it, nothing in the database opens with an older sealing key."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import inspect, select

from server import protocol
from server.domain.audit import Event
from server.services import enrolments, pins
from server.store import recovered, recovery, storage_accounts, tables, totp
from server.store.audit_log import record
from server.store.storage_tables import StorageAccount
from server.store.work import Work


@dataclass(frozen=True)
class Sealed:
    """The sealed columns of a table, and for which row each is sealed."""

    table: type[tables.Table]
    columns: tuple[str, ...]
    place: Callable[[Any, str], str]


SEALED = (
    Sealed(
        tables.Request,
        ("answer_key", "code", "qr", "kept", "secret_result"),
        lambda row, column: f"requests/{row.id}/{column}",
    ),
    Sealed(
        tables.Enrolment,
        ("ehk", "mac_key", "share", "sas"),
        lambda row, column: enrolments.place(row.id, row.administrator_id, column),
    ),
    Sealed(tables.Device, ("pin_verifier", "pin_token", "pin_share"), pins.place),
    Sealed(tables.Session, ("recovered",), lambda row, _: recovered.place(row)),
    Sealed(tables.RecoverySet, ("codes",), lambda row, _: recovery.place(row.administrator_id, row.session_id)),
    Sealed(tables.Totp, ("secret",), lambda row, _: totp.place(row.id, row.administrator_id)),
    Sealed(tables.TotpSetup, ("secret",), lambda row, _: totp.setup_place(row.id, row.administrator_id)),
    Sealed(StorageAccount, ("credentials",), lambda row, _: storage_accounts.place(row)),
)


def keys_of(work: Work, sealed: Sealed) -> Sequence[Any]:
    """Return the primary keys of all rows."""
    return work.session.scalars(select(_key(sealed)).order_by(_key(sealed))).all()


def reseal(work: Work, sealed: Sealed, keys: Sequence[Any]) -> tuple[int, int]:
    """Seal some rows with the newest key; return how many secrets were, and how many no key opens, left as they are."""
    done = lost = 0
    for row in work.session.scalars(select(sealed.table).where(_key(sealed).in_(keys))):
        for column in sealed.columns:
            before = getattr(row, column)
            if before is None:
                continue
            try:
                after = work.keys.resealed(before, sealed.place(row, column))
            except protocol.Malformed:
                lost += 1
                continue
            if after is not None:
                setattr(row, column, after)
                done += 1
    return done, lost


def note(work: Work, done: int, now: datetime) -> None:
    """Write that it was done."""
    record(work, Event.KEY_ROTATED, now, parameters={"secrets": done})


def _key(sealed: Sealed) -> Any:  # noqa: ANN401 - a column
    [key] = inspect(sealed.table).primary_key
    return key
