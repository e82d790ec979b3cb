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
    CODES_GUESSED = "codes_guessed"
    TWO_FACTOR_RESET = "two_factor_reset"
    NOT_ME = "not_me"
    DEVICE_CHANGING = "device_changing"
    PHONE_LOST = "phone_lost"
    RECOVERY_CODE_USED = "recovery_code_used"
    RECOVERY_CODES_RESET = "recovery_codes_reset"
    METHOD_CHANGED = "method_changed"
    PUSH_LOST = "push_lost"


LOUD = frozenset(
    {
        NoticeKind.TWO_FACTOR_RESET,
        NoticeKind.NOT_ME,
        NoticeKind.DEVICE_CHANGING,
        NoticeKind.PHONE_LOST,
        NoticeKind.RECOVERY_CODE_USED,
    }
)
"""Kinds that no owner can make quiet, and that wake the phone although its push is muted."""

LAST = frozenset({NoticeKind.TWO_FACTOR_RESET, NoticeKind.PHONE_LOST, NoticeKind.RECOVERY_CODE_USED})
"""Kinds of what cuts a phone off without asking it: that phone is woken once more, for the newest of them."""
