"""The security policy as it is kept; a row that was written by others does not count, and then the defaults do."""

from datetime import UTC
from typing import Any

from server import protocol
from server.contract.policy import Policy
from server.store import tables
from server.store.work import Work


def current(work: Work) -> Policy:
    """Return the policy as it is now."""
    row = work.session.get(tables.Policy, 1)
    if row is None or row.proof != _proof(work, row):
        row = _defaults()
    return Policy(
        request_lifetime=row.request_lifetime or work.config.request_lifetime,
        without_code=row.without_code,
        reason_required=row.reason_required,
        qr_alone=row.qr_alone,
        two_factor_from=row.two_factor_from,
        by_totp=row.by_totp,
    )


def change(work: Work, changed: dict[str, Any]) -> None:
    """Write the members that were given, and let the rest be as it was."""
    before = work.session.get(tables.Policy, 1)
    counts = before is not None and before.proof == _proof(work, before)
    row = before if before is not None and counts else work.session.merge(_defaults())
    for name, value in changed.items():
        setattr(row, name, value)
    row.proof = _proof(work, row)


def _defaults() -> tables.Policy:
    return tables.Policy(
        id=1,
        request_lifetime=None,
        without_code=[],
        reason_required=False,
        qr_alone=False,
        two_factor_from=None,
        by_totp=[],
    )


def _proof(work: Work, row: tables.Policy) -> bytes:
    """Return what shows that the server wrote this row, and nobody who has the database alone."""
    moment = row.two_factor_from and row.two_factor_from.astimezone(UTC).isoformat()
    kept = [row.request_lifetime, row.without_code, row.reason_required, row.qr_alone, moment]
    kept += [row.by_totp] if row.by_totp else []  # as it was before there was such a member
    return work.keys.mac("policy", protocol.canonical(kept).decode())
