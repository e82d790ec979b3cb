"""Whether a phone gets through to the server, and if not, at which step it stops."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from urllib.parse import urlsplit

from desktop.core import moments
from desktop.core.transport import is_loopback
from desktop.core.words import t
from server.contract.reach import Reach

PATIENCE = 30.0
"""Seconds after which something is amiss if no phone has come."""
HTTPS = 443


class Outcome(StrEnum):
    """How waiting for a phone goes."""

    WAITING = "waiting"
    REACHED = "reached"
    NOTHING = "nothing"
    UNTRUSTED = "untrusted"
    WRONG_NAME = "wrong_name"
    OTHER = "other"


@dataclass(frozen=True)
class Check:
    """One step on the way: what it is, what is known of it, and its state: `ok`, `failed` or `later`."""

    name: str
    text: str
    state: str


def judge(reach: Reach, since: datetime, waited: float) -> Outcome:
    """Tell what became of a phone that is expected since then; a connection that was refused is known at once."""
    if reach.reached is not None and reach.reached.at >= since:
        return Outcome.REACHED
    if reach.refused is not None and reach.refused.at >= since:
        return Outcome(reach.refused.why)
    return Outcome.NOTHING if waited >= PATIENCE else Outcome.WAITING


def checks_of(reach: Reach, outcome: Outcome) -> Sequence[Check]:
    """Return the steps between a phone and the server, in their order."""
    host, failed = urlsplit(reach.origin).hostname or "", outcome not in (Outcome.WAITING, Outcome.REACHED)
    arrived = outcome not in (Outcome.WAITING, Outcome.NOTHING)
    found = next((each for each in reach.addresses if host in (each.name, each.ip)), None)
    leads = ", ".join(found.to) if found else ""
    if reach.how == "proxy":
        name = Check("name", t("console.reach.check.name_proxy", name=host), "ok")
    elif found is not None and found.kind == "ip":
        name = Check("name", t("console.reach.check.name_ip", ip=host), "ok")
    elif found is not None and found.resolves:
        name = Check("name", t("console.reach.check.name_ok", name=host, to=leads), "ok")
    else:
        name = Check("name", t("console.reach.check.name_failed", name=host), "failed")
    port = Check("port", t("console.reach.check.port_ok", port=reach.port), "ok")
    if arrived:
        through = Check("through", t("console.reach.check.through_ok"), "ok")
    elif failed:
        through = Check("through", t("console.reach.check.through_failed", port=outer_port(reach)), "failed")
    else:
        through = Check("through", t("console.reach.check.through_later"), "later")
    if outcome is Outcome.REACHED and reach.reached is not None:
        told = t("console.reach.check.phone_ok", ip=reach.reached.ip, time=moments.clock(reach.reached.at))
        phone = Check("phone", told, "ok")
    elif arrived:
        phone = Check("phone", t(f"console.reach.check.phone_{outcome}"), "failed")
    else:
        phone = Check("phone", t("console.reach.check.phone_later"), "later")
    return (name, port, *_page_of(reach), through, phone)


def _page_of(reach: Reach) -> Sequence[Check]:
    """Tell of the install page while it is open: a phone that got it knows the way as far as this computer."""
    if reach.install is None:
        return ()
    if (opened := reach.install.opened) is None:
        return (Check("page", t("console.reach.check.page_later"), "later"),)
    told = t("console.reach.check.page_ok", ip=opened.ip, time=moments.clock(opened.at))
    return (Check("page", told, "ok"),)


def outer_port(reach: Reach) -> int:
    """Return the port that phones call: that of the origin."""
    return urlsplit(reach.origin).port or HTTPS


def app_of(origin: str) -> str:
    """Return where a phone finds the app."""
    return f"{origin}/phone/"


def only_here(origin: str) -> bool:
    """Tell whether no other device can reach this origin."""
    return is_loopback(origin)
