"""Which passwords are good enough: length and not being common, no rules of composition (SP 800-63B)."""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

SHORTEST, LONGEST = 15, 1024
_PRODUCT = "countersign"
_NO_LETTER = re.compile(r"[\W\d_]")
_ROWS = ("abcdefghijklmnopqrstuvwxyz", "0123456789", "qwertyuiopasdfghjklzxcvbnm", "qwertzuiopasdfghjklyxcvbnm")


@dataclass(frozen=True)
class Turn:
    """Whose turn it is to have a password hashed: an account's, and in that one who sends passwords for it."""

    account: str
    by: str


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
    unit = _unit(folded)
    tried = {folded, _core(folded), unit or folded, _core(unit or folded)}
    if unit and len(unit) < SHORTEST // 2:
        return "This repeats a short piece. Use four or five unrelated words."
    if tried & common() or any(_is_run(each) for each in tried if len(each) > 3):
        return "This is one of the first passwords that an attacker tries. Use four or five unrelated words."
    known = {word.casefold() for word in (*context, _PRODUCT) if len(word) > 2}
    if {_NO_LETTER.sub("", each) for each in tried} & {_NO_LETTER.sub("", word) for word in known}:
        return "This is made of your user name or organisation. Use four or five unrelated words."
    return None


def _unit(text: str) -> str | None:
    """Return the shortest piece that `text` repeats; null where it is none but itself."""
    length = (text * 2).find(text, 1)
    return text[:length] if length < len(text) else None


def _core(text: str) -> str:
    """Return it without what stands before its first letter and after its last one.

    A loop, since a regular expression would try every run of signs inside for the end: in a square of the length.
    """
    first, end = 0, len(text)
    while first < end and _NO_LETTER.match(text[first]):
        first += 1
    while first < end and _NO_LETTER.match(text[end - 1]):
        end -= 1
    return text[first:end]


def _is_run(text: str) -> bool:
    return any(text in row * 3 or text[::-1] in row * 3 for row in _ROWS)


@cache
def common() -> frozenset[str]:
    """Return the common passwords, from the list that zxcvbn carries."""
    from zxcvbn.frequency_lists import FREQUENCY_LISTS  # noqa: PLC0415 - a slow import, needed by few calls

    return frozenset(FREQUENCY_LISTS["passwords"])
