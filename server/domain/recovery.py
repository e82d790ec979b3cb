"""Recovery codes: sixteen characters of an alphabet that nobody misreads, 80 bits, written in groups of four."""

import secrets

COUNT = 10
LENGTH, GROUP = 16, 4
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
"""Crockford's base 32: five bits a character; O reads as 0, I and L as 1."""
_READ_AS = str.maketrans({"O": "0", "I": "1", "L": "1"})


def new_codes() -> list[str]:
    """Return a fresh set, as it is shown."""
    return [_written("".join(secrets.choice(ALPHABET) for _ in range(LENGTH))) for _ in range(COUNT)]


def normal(typed: str) -> str:
    """Return a code as it is hashed, however it was typed: no spaces or hyphens, one case, one digit for each look."""
    return "".join(each for each in typed.upper().translate(_READ_AS) if each.isalnum())


def _written(code: str) -> str:
    return "-".join(code[place : place + GROUP] for place in range(0, LENGTH, GROUP))
