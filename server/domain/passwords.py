"""Which passwords are good enough: length and not being common, no rules of composition (SP 800-63B)."""

import re
import unicodedata
from collections.abc import Iterable
from functools import cache

SHORTEST, LONGEST = 15, 1024
_PRODUCT = "countersign"
_REPEATED = re.compile(r"(.+?)\1+\Z", re.DOTALL)
_AFFIXES = re.compile(r"^[\W\d_]+|[\W\d_]+$")
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "0123456789", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm")


def normalised(password: str) -> str:
    """Return the form that is hashed: NFKC, so that every keyboard's ü is the same ü."""
    return unicodedata.normalize("NFKC", password)


def weakness(password: str, context: Iterable[str] = ()) -> str | None:
    """Say what is wrong with a new password, in a sentence that says what to do; null where nothing is.

    `context` are words that an attacker would try first: user name, organisation, e-mail address.
    """
    if not SHORTEST <= len(password) <= LONGEST:
        return f"Use {SHORTEST} to {LONGEST} characters. Four or five unrelated words are easy to remember."
    folded = normalised(password).casefold()
    unit = (match := _REPEATED.match(folded)) and match[1]
    core = _AFFIXES.sub("", folded)
    tried = {folded, core, unit or folded, _AFFIXES.sub("", unit or folded)}
    if unit and len(unit) < SHORTEST // 2:
        return "This repeats a short piece. Use four or five unrelated words."
    if tried & common() or any(_is_run(each) for each in tried if len(each) > 3):
        return "This is one of the first passwords that an attacker tries. Use four or five unrelated words."
    known = {word.casefold() for word in (*context, _PRODUCT) if len(word) > 2}
    if any(re.sub(r"[\W\d_]+", "", each) in {re.sub(r"[\W\d_]+", "", word) for word in known} for each in tried):
        return "This is made of your user name or organisation. Use four or five unrelated words."
    return None


def _is_run(text: str) -> bool:
    return any(text in row * 3 or text[::-1] in row * 3 for row in _ROWS)


@cache
def common() -> frozenset[str]:
    """Return the common passwords, from the list that zxcvbn carries."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 - a slow import, needed by few calls

    return frozenset(FREQUENCY_LISTS["passwords"])
