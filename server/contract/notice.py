"""Notices: what an account's owner is told on the phone; never asking for anything."""

from enum import StrEnum


class NoticeKind(StrEnum):
    """What there is to be told."""

    DEVICE_ADDED = "device_added"
    NEW_COMPUTER = "new_computer"
    WRONG_PASSWORD = "wrong_password"  # noqa: S105 - what happened, not a password
    PASSWORD_CHANGED = "password_changed"  # noqa: S105 - what happened, not a password
    RIGHTS_CHANGED = "rights_changed"
    POLICY_CHANGED = "policy_changed"
    WRONG_CODES = "wrong_codes"
    TWO_FACTOR_RESET = "two_factor_reset"
    NOT_ME = "not_me"
    PUSH_LOST = "push_lost"


LOUD = frozenset({NoticeKind.TWO_FACTOR_RESET, NoticeKind.NOT_ME})
"""Kinds that no owner can make quiet, and that wake the phone although its push is muted."""
