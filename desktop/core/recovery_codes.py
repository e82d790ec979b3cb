"""What is wrong with the recovery codes of one's own account, and what to do about it."""

from desktop.core.words import n, t
from server.contract.two_factor import TwoFactor

FEW = 3


def trouble_of(state: TwoFactor) -> str:
    """Say what is wrong with the recovery codes, and what to do; nothing where all is well."""
    left = state.recovery_codes_left
    if not state.enabled:
        return ""
    if is_phoneless(state):
        return _trouble_without_phone(state)
    if state.recovery_codes_made_at is None:
        return t("console.codes.trouble.none")
    if not left:
        return t("console.codes.trouble.used_up")
    if state.recovery_codes_saved_at is None:
        return t("console.codes.trouble.unsaved")
    return n("console.codes.trouble.few", left) if left <= FEW else ""


def is_phoneless(state: TwoFactor) -> bool:
    """Whether nothing is there with which new codes could be confirmed."""
    return state.enabled and state.device is None and not state.authenticator


def _trouble_without_phone(state: TwoFactor) -> str:
    """Say the same where new codes have to wait for a new phone."""
    left = state.recovery_codes_left
    if not left:
        return t("console.codes.phoneless.none")
    if state.recovery_codes_saved_at is None:
        return t("console.codes.phoneless.unsaved")
    return n("console.codes.phoneless.few", left) if left <= FEW else ""
