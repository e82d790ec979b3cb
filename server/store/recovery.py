"""Recovery codes: made in sets of ten, told once, each burned once."""

import hmac
import json
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from server import protocol
from server.domain.recovery import new_codes, normal
from server.store.ids import new_id
from server.store.tables import RecoveryCode, RecoverySet
from server.store.work import Work

RECOVERY_CODES = "recovery_codes"
_CODE = "recovery_code"


def make_codes(work: Work, account: str, session: str | None, now: datetime, result_key: bytes | None = None) -> None:
    """Make a new set, to be told once to `session`, sealed for its key where it gave one; the old set is dead."""
    end_codes(work, account, now)
    codes = new_codes()
    for code in codes:
        name = new_id("rec")
        hashed = _hashed(work, account, name, code)
        work.session.add(RecoveryCode(id=name, administrator_id=account, code_hash=hashed, created_at=now))
    told = protocol.canonical(codes if result_key is None else _for_the_asker(codes, result_key))
    sealed = work.keys.seal(told, place(account, session)) if session else None
    work.session.merge(
        RecoverySet(administrator_id=account, session_id=session, codes=sealed, created_at=now, saved_at=None)
    )
    work.session.flush()


def end_codes(work: Work, account: str, now: datetime) -> None:
    """End all that are left."""
    for code in living_codes(work, account):
        code.ended_at = now
        work.keep_ended(_CODE, code.id)
    if (made := last_set(work, account)) is not None:
        made.codes = None
    work.session.flush()


def burn_code(work: Work, account: str, typed: str, now: datetime) -> bool:
    """Use a code up; whether it was one that still counts."""
    found: RecoveryCode | None = None
    for code in living_codes(work, account):
        if hmac.compare_digest(code.code_hash, _hashed(work, account, code.id, typed)):
            found = code
    if found is None:
        return False
    burned = (
        update(RecoveryCode)
        .where(RecoveryCode.id == found.id, RecoveryCode.used_at.is_(None), RecoveryCode.ended_at.is_(None))
        .values(used_at=now)
        .returning(RecoveryCode.id)
    )
    if work.session.execute(burned).one_or_none() is None:
        return False
    work.keep_ended(_CODE, found.id)
    return True


def living_codes(work: Work, account: str) -> list[RecoveryCode]:
    """Return those that still count."""
    mine = select(RecoveryCode).where(
        RecoveryCode.administrator_id == account, RecoveryCode.used_at.is_(None), RecoveryCode.ended_at.is_(None)
    )
    return [code for code in work.session.scalars(mine) if code.id not in work.ledger.ended(_CODE)]


def used_codes(work: Work, account: str) -> Sequence[datetime]:
    """Return when codes of the last set were used, oldest first."""
    used = select(RecoveryCode.used_at).where(
        RecoveryCode.administrator_id == account, RecoveryCode.used_at.is_not(None), RecoveryCode.ended_at.is_(None)
    )
    if (made := last_set(work, account)) is not None:
        used = used.where(RecoveryCode.created_at >= made.created_at)
    return [at for at in work.session.scalars(used.order_by(RecoveryCode.used_at)) if at is not None]


def last_set(work: Work, account: str) -> RecoverySet | None:
    """Return the last set that was made."""
    return work.session.get(RecoverySet, account)


def _for_the_asker(codes: list[str], result_key: bytes) -> dict[str, str]:
    """Seal them for whoever asked, since another may have a copy of the session's token."""
    key, info = protocol.public_key(result_key), protocol.result_info(RECOVERY_CODES)
    return {"sealed": protocol.b64u(protocol.seal(key, info, protocol.canonical({"codes": codes})))}


def tell_codes(work: Work, account: str, session: str) -> list[str] | dict[str, str] | None:
    """Return the codes to the session that asked for them; null where they were told, or made void.

    Once, but for sealed ones: a thief who reads those first has nothing, and takes nothing away.
    """
    made = last_set(work, account)
    if made is None or made.codes is None or made.session_id != session:
        return None
    try:
        codes: list[str] | dict[str, str] | None = json.loads(work.keys.unseal(made.codes, place(account, session)))
    except protocol.Malformed:  # a row that others wrote
        codes = None
    if not isinstance(codes, dict):
        made.codes = None
        work.session.flush()
    return codes


def _hashed(work: Work, account: str, name: str, code: str) -> bytes:
    """Return by what a code is kept, under this id and no other: an id that the ledger ended is no way around it."""
    return work.keys.mac("recovery", account, name, normal(code))


def place(account: str, session: str | None) -> str:
    """Name where the codes are kept that wait to be told."""
    return f"recovery_sets/{account}/{session}/codes"
