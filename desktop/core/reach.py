"""Whether a phone gets through to the server, and if not, at which step it stops."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from urllib.parse import urlsplit

from desktop.core import moments
from desktop.core.naming import as_ip
from desktop.core.phone import holder_of
from desktop.core.proxy import UNKNOWN, Proxy
from desktop.core.transport import is_loopback
from desktop.core.words import n, t
from server.contract.reach import Address, Origin, OriginDevice, Reach

PATIENCE = 30.0
"""Seconds after which something is amiss if no phone has come."""
INSTALLING = 120.0
"""Seconds from the last opening of the install page that a person needs for what it asks."""
HTTP, HTTPS = 80, 443
NAMED = 4
"""Phones that are named; the others are counted."""


class Outcome(StrEnum):
    """How waiting for a phone goes."""

    WAITING = "waiting"
    REACHED = "reached"
    NOTHING = "nothing"
    UNTRUSTED = "untrusted"
    WRONG_NAME = "wrong_name"
    OTHER = "other"
    PROXY_SILENT = "proxy_silent"
    PROXY_UNLISTED = "proxy_unlisted"
    PROXY_HOST = "proxy_host"


IN_FRONT = (Outcome.PROXY_SILENT, Outcome.PROXY_UNLISTED, Outcome.PROXY_HOST)
"""What a proxy has to be told, not the phone."""


SOON = timedelta(days=15)
"""A certificate that ends so soon should have been renewed."""

ON_THE_WAY = ("name", "address", "locked", "port", "answers")
"""The checks whose faults have a counsel of their own, `name_help`."""


@dataclass(frozen=True)
class Check:
    """One step on the way: what it is, what is known of it, and its state, a key of `console.check.state.`."""

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


def is_installing(reach: Reach) -> bool:
    """Tell whether the certificate may still be on its way into the phone, so that nothing need be amiss yet."""
    opened = reach.install.opened if reach.install else None
    return opened is not None and (reach.now - opened.at).total_seconds() < INSTALLING


def checks_of(reach: Reach, outcome: Outcome, led: Sequence[str] | None = None) -> Sequence[Check]:
    """Return the steps between a phone and the server, in their order; `led` as for `name_of`."""
    failed = outcome not in (Outcome.WAITING, Outcome.REACHED)
    arrived = outcome not in (Outcome.WAITING, Outcome.NOTHING)
    name = name_of(reach, led)
    deaf = not reach.ipv6 and by_ipv6(reach, led) and reach.how != "proxy" and not phones_find(reach)
    key, state = ("port_ipv4", "failed") if deaf else ("port_ok", "ok")
    port = Check("port", t(f"console.reach.check.{key}", port=reach.port), state)
    if reach.interface and _is_none_of(reach.interface, reach):
        port = Check("port", t("console.reach.check.port_gone", ip=reach.interface), "failed")
    if reach.how == "proxy":
        port = Check("upstream", t("console.reach.check.upstream_ok", port=reach.port), "ok")
    if arrived:
        through = Check("through", t("console.reach.check.through_ok"), "ok")
    elif failed:
        key = "through_failed_proxy" if reach.how == "proxy" else "through_failed"
        through = Check("through", t(f"console.reach.check.{key}", port=reach.port), "failed")
    else:
        through = Check("through", t("console.reach.check.through_later"), "later")
    if outcome is Outcome.REACHED and reach.reached is not None:
        told = t("console.reach.check.phone_ok", ip=reach.reached.ip, time=moments.clock(reach.reached.at))
        phone = Check("phone", told, "ok")
    elif arrived:
        whose = "proxy" if outcome in IN_FRONT else "phone"
        phone = Check(whose, t(f"console.reach.check.phone_{outcome}"), "failed")
    else:
        phone = Check("phone", t("console.reach.check.phone_later"), "later")
    page = _page_of(reach)
    if outcome is Outcome.REACHED and page and page[0].state != "ok":
        page = ()  # a phone that had the authority already has no need of it
    return (name, port, *page, through, phone)


def proxy_of(origin: str, proxy: Proxy | None) -> Check:
    """Tell whether a proxy answers at an origin; `proxy` is what this console has met there, None before."""
    if proxy is None:
        return Check("answers", t("console.reach.check.proxy_asked", origin=origin), "now")
    state = "ok" if proxy is Proxy.ANSWERS else "unknown" if proxy in UNKNOWN else "failed"
    name = urlsplit(origin).hostname or ""
    return Check("answers", t(f"console.reach.check.proxy_{proxy}", origin=origin, name=name), state)


def host_of(reach: Reach) -> str:
    """Return the name or the bare address that phones call."""
    return urlsplit(reach.origin).hostname or ""


def address_of(reach: Reach) -> Address | None:
    """Return what the server has found out about that; a proxy's name is none of its own."""
    host = host_of(reach)
    if reach.how == "proxy":
        return None
    return next((each for each in reach.addresses if host in (each.name, each.ip)), None)


def leads_elsewhere(origin: str, reach: Reach) -> bool:
    """Tell whether an origin is a bare address that the server's computer does not have."""
    host = urlsplit(origin).hostname or ""
    return as_ip(host) is not None and not is_loopback(origin) and _is_none_of(host, reach)


def _is_none_of(ip: str, reach: Reach) -> bool:
    """Whether the server's computer lacks an address; where none are known, that is not either."""
    return bool(reach.addresses) and ip not in {each.ip for each in reach.addresses}


def by_ipv6(reach: Reach, led: Sequence[str] | None) -> bool:
    """Tell whether phones come by IPv6 alone; `led` as for `name_of`."""
    host, found = host_of(reach), address_of(reach)
    to = [host] if as_ip(host) is not None else found.to if found else led or ()
    return bool(to) and all(":" in each for each in to)


def phones_find(reach: Reach) -> bool:
    """Tell whether a phone has come by the very name or address that phones are to call, trusting it or not."""
    refused = reach.refused
    called = refused is not None and refused.why in ("untrusted", "other") and refused.name == host_of(reach)
    return reach.reached is not None or called


def fault_in_front(reach: Reach) -> Outcome | None:
    """Return what a proxy keeps back, where the last phone that came could not work for that."""
    fault = fault_of_phone(reach)
    return fault if fault in IN_FRONT else None


def fault_of_phone(reach: Reach) -> Outcome | None:
    """Return why the last phone that came could not work, where none has since."""
    refused, reached = reach.refused, reach.reached
    if refused is None or (reached is not None and reached.at > refused.at):
        return None
    return Outcome(refused.why)


def name_of(reach: Reach, led: Sequence[str] | None) -> Check:
    """Tell where the name leads; `led` is what this console has found where the server has not looked, None before.

    What a phone has come by is well, whatever this computer makes of it.
    """
    seen = _looked_up(reach, led)
    if seen.state == "failed" and seen.name != "locked" and phones_find(reach):
        return Check(seen.name, t(f"console.reach.check.{seen.name}_by_phones", name=host_of(reach)), "ok")
    return seen


def _looked_up(reach: Reach, led: Sequence[str] | None) -> Check:
    host, found = host_of(reach), address_of(reach)
    strange = found is None and as_ip(host) is not None and reach.how != "proxy"
    if strange:  # whoever looks an address up finds it, whosever it is
        return Check("address", t("console.reach.check.address_other", ip=host), "failed")
    if found is None and as_ip(host) is not None and not reach.pin_devices:
        return Check("locked", t("console.reach.check.locked", ip=host), "failed")
    if found is None:
        if led is None:
            return Check("name", t("console.reach.check.name_later", name=host), "later")
        if not led:
            return Check("name", t("console.reach.check.name_unknown", name=host), "failed")
        return Check("name", t("console.reach.check.name_leads", name=host, to=", ".join(led)), "ok")
    if found.kind == "ip" and not reach.pin_devices and not only_here(reach.origin):
        return Check("locked", t("console.reach.check.locked", ip=host), "failed")
    if found.kind == "ip":
        return Check("address", t("console.reach.check.name_ip", ip=host), "ok")
    if found.resolves:
        return Check("name", t("console.reach.check.name_ok", name=host, to=", ".join(found.to)), "ok")
    if leads_here_alone(found):
        return Check("name", t("console.reach.check.name_loopback", name=host, to=", ".join(found.to)), "failed")
    return Check("name", t("console.reach.check.name_failed", name=host), "failed")


def certificate_of(reach: Reach) -> Check | None:
    """Tell whether the certificate is there and lasts; nothing where none is presented."""
    certificate = reach.certificate
    if reach.fault:
        return Check("certificate", fault_of_files(reach), "failed")
    if certificate is None:
        return None
    if over := over_of(reach):
        return Check("certificate", over, "failed")
    return Check("certificate", ends_of(reach), "soon" if certificate.expires_at - reach.now <= SOON else "ok")


def fault_of_files(reach: Reach) -> str:
    """Say what is wrong with the files of a certificate, and what to do; nothing where all is well."""
    kind = "unreadable" if not reach.misnamed else "other_name" if reach.authority is None else "other_name_own"
    return t(f"console.health.warning.certificate_{kind}_file", fault=reach.fault) if reach.fault else ""


def ends_soon(reach: Reach) -> bool:
    """Tell whether it is the certificate of now that ends soon, and not that of an old address."""
    return reach.certificate is not None and reach.certificate.expires_at - reach.now <= SOON


def ends_of(reach: Reach) -> str:
    """Say when the certificate ends, and where that is soon, who renews it."""
    if (certificate := reach.certificate) is None:
        return ""
    ends = moments.date(certificate.expires_at)
    if certificate.renews_at is not None:
        return t("console.reach.check.ends_renews", ends=ends, renews=moments.date(certificate.renews_at))
    if certificate.expires_at - reach.now > SOON:
        return ends
    if reach.authority is not None:
        return t("console.reach.check.ends_authority", ends=ends)
    return t("console.reach.check.ends_files", ends=ends, file=certificate.file)


def over_of(reach: Reach) -> str:
    """Say when the certificate ended, and who renews it; nothing while it lasts."""
    if reach.certificate is None or reach.certificate.expires_at > reach.now:
        return ""
    return t("console.health.warning.certificate_over", ends=ends_of(reach))


def leads_here_alone(address: Address) -> bool:
    """Tell whether a name leads each computer to itself."""
    return bool(address.to) and all(is_loopback(f"http://{f'[{to}]' if ':' in to else to}") for to in address.to)


def name_help(reach: Reach, name: Check, *, here: bool) -> str:
    """Say what to do where the name, the address or the port does not lead to the server; nothing where it may.

    `here` is whether the server is one of this computer's, so that another name can be chosen from here.
    """
    if name.state != "failed" or (fault_in_front(reach) is not None and name.name == "name"):
        return ""  # what came through the proxy had found it
    if name.name == "answers":
        return t("console.reach.help.answers", origin=reach.origin, upstream=upstream_of(reach))
    whose = "_proxy" if reach.how == "proxy" else ""
    return t(f"console.reach.help.{name.name}{whose}.{where(here=here)}", name=host_of(reach))


def where(*, here: bool) -> str:
    """Return the last part of the key of a counsel that somebody follows here, or on the server's own computer."""
    return "here" if here else "elsewhere"


def old_of(origins: Sequence[Origin]) -> Sequence[Origin]:
    """Return the old addresses that phones keep, other than this computer's own."""
    return [each for each in origins if not each.current and each.devices and not only_here(each.origin)]


def still_open(origins: Sequence[Origin]) -> Sequence[Origin]:
    """Return those of them that stay open on the network."""
    return [each for each in old_of(origins) if each.port is not None]


def are_forwarded(origins: Sequence[Origin]) -> bool:
    """Tell whether phones get to all of these through a proxy or tunnel: then it is not the server that is open."""
    return all(each.upstream is not None for each in origins)


def how_of(reach: Reach, origins: Sequence[Origin] | None) -> str:
    """Say how phones reach the server; this computer is alone only where no phone keeps another address.

    `origins` are null for who is not told which ones phones keep.
    """
    if origins is None and reach.how == "this_computer":
        return t("console.reach.how.perhaps_alone")
    left = still_open(origins or ()) if reach.how == "this_computer" else ()
    if not left:
        return t(f"console.reach.how.{reach.how}")
    kept = [device for each in left for device in each.devices]
    key = "still_forwarded" if are_forwarded(left) else "still_open"
    return t(f"console.reach.how.{key}", open=", ".join(each.origin for each in left), named=phones_of(kept))


def phones_of(devices: Sequence[OriginDevice]) -> str:
    """Name phones, and count what is too much to name."""
    named = ", ".join(holder_of(each) for each in devices[:NAMED])
    more = len(devices) - NAMED
    return f"{named}, {n('console.reach.more_phones', more)}" if more > 0 else named


def upstream_of(reach: Reach) -> str:
    """Return where a proxy on the server's computer has to forward to; nothing without one."""
    return local_at(reach.port) if reach.how == "proxy" else ""


def local_at(port: int) -> str:
    """Return what a proxy on the server's computer calls."""
    return f"http://127.0.0.1:{port}"


def _page_of(reach: Reach) -> Sequence[Check]:
    """Tell of the install page while it is open: a phone that got it knows the way as far as this computer."""
    if reach.install is None:
        return ()
    if (opened := reach.install.opened) is None:
        return (Check("page", t("console.reach.check.page_later"), "later"),)
    told = t("console.reach.check.page_ok", ip=opened.ip, time=moments.clock(opened.at))
    return (Check("page", told, "ok"),)


def ports_of(reach: Reach) -> list[int]:
    """Return the ports at which it listens for phones: its own, and that of the install page while that is open."""
    page = urlsplit(reach.install.url).port if reach.install is not None else None
    return [reach.port, *([page] if page else [])]


def forwarding_help(reach: Reach) -> str:
    """Say that something has to lead from the port that phones call to the one at which the server listens."""
    outer = _port_in(reach.origin)
    if reach.how == "proxy" or outer == reach.port:
        return ""
    return t("console.reach.forwarded", outer=outer, port=reach.port)


@dataclass(frozen=True)
class Held:
    """Ports that the server itself has: it lets them go before it is started anew.

    What it then still serves for phones is `kept`: the origin of each, by its port and whether by TLS. `origins` are
    all that it serves by TLS, by whatever ports.
    """

    ports: frozenset[int] = frozenset()
    origins: frozenset[str] = frozenset()
    kept: Mapping[tuple[int, bool], str] = field(default_factory=dict)


def held_by(reach: Reach, origins: Sequence[Origin], local: str) -> Held:
    """Return what the server has; `local` is what this console calls."""
    listening = [each for each in origins if each.port is not None]
    ways = {each.origin: _way_to(each) for each in listening}
    kept = {ways[each.origin]: each.origin for each in listening if each.devices}
    ports = frozenset({reach.port, _port_in(local), *(port for port, _ in ways.values())})
    return Held(ports, frozenset(origin for origin, (_, tls) in ways.items() if tls), kept)


def _way_to(origin: Origin) -> tuple[int, bool]:
    """Return at which port of the server's computer an origin is served, and whether by TLS."""
    port = origin.upstream or origin.port or _port_in(origin.origin)
    return port, origin.upstream is None and origin.origin.startswith("https:")


def _port_in(origin: str) -> int:
    parts = urlsplit(origin)
    return parts.port or (HTTPS if parts.scheme == "https" else HTTP)


def app_of(origin: str) -> str:
    """Return where a phone finds the app."""
    return f"{origin}/phone/"


def only_here(origin: str) -> bool:
    """Tell whether no other device can reach this origin."""
    return is_loopback(origin)
