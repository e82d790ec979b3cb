"""Whether the proxy or tunnel in front of a server answers for it at the public URL, seen from this computer."""

from enum import StrEnum
from urllib.parse import urlsplit

from desktop.core.lookup import looked_up
from desktop.core.transport import Offline, Transport
from server.contract.problem import Problem

ANSWER_WITHIN = (3.05, 5.0)
"""Seconds to connect, and between two bytes of the answer."""


class Proxy(StrEnum):
    """What is met at the public URL; what this computer does not find or trust, phones may."""

    ANSWERS = "answers"
    STRANGE = "strange"
    SILENT = "silent"
    REFUSED = "refused"
    WRONG_CERTIFICATE = "wrong_certificate"
    UNKNOWN_NAME = "unknown_name"
    UNTRUSTED = "untrusted"


UNKNOWN = (Proxy.UNKNOWN_NAME, Proxy.UNTRUSTED)
"""Of these it cannot be told from here whether phones get through."""

_REASONS = {
    "unknown_name": Proxy.UNKNOWN_NAME,
    "refused": Proxy.REFUSED,
    "certificate": Proxy.UNTRUSTED,
    "changed": Proxy.UNTRUSTED,
    "name": Proxy.WRONG_CERTIFICATE,
    "date": Proxy.WRONG_CERTIFICATE,
    "scheme": Proxy.STRANGE,
}


def proxy_at(origin: str, pinned: str = "") -> Proxy:
    """Call the public URL; `pinned` is the authority that this console trusts besides those of the system. Blocks."""
    if not looked_up(urlsplit(origin).hostname or ""):
        return Proxy.UNKNOWN_NAME
    found = _met(origin, "")
    return _met(origin, pinned) if pinned and found is Proxy.UNTRUSTED else found


def _met(origin: str, authority: str) -> Proxy:
    transport = Transport(origin, authority)
    try:
        told = transport.send("GET", "/api/v1/health", timeout=ANSWER_WITHIN).json()
    except Offline as offline:
        return _REASONS.get(offline.reason, Proxy.SILENT)
    except (Problem, ValueError):  # a proxy's own page, or somebody else's
        return Proxy.STRANGE
    finally:
        transport.close()
    return Proxy.ANSWERS if isinstance(told, dict) and "setup_done" in told else Proxy.STRANGE
