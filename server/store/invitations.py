"""By what an invitation is kept: an HMAC bound to the account and the end, so that a written row is worth nothing."""

from datetime import datetime

from server.store.work import Work


def invitation_hash(work: Work, administrator: str, token: str, expires_at: datetime) -> bytes:
    """Return by what an invitation to this account is kept."""
    return work.keys.mac("invitation", administrator, token, str(int(expires_at.timestamp())))
