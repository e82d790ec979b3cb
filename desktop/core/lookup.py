"""Where a name leads, seen from this computer."""

import socket
from threading import Thread

PATIENCE = 3.0
"""Seconds; a resolver can hang for long, and nobody waits for it."""


def looked_up(name: str, patience: float = PATIENCE) -> tuple[str, ...]:
    """Return the addresses that a name leads to, none where nobody here knows it; blocks."""
    found: list[str] = []

    def look() -> None:
        try:
            answers = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
        except (OSError, UnicodeError):
            return
        found.extend(dict.fromkeys(str(each[4][0]) for each in answers))

    thread = Thread(target=look, name="lookup", daemon=True)
    thread.start()
    thread.join(patience)
    return tuple(found)
