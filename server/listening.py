"""Where a server listens: for the current public URL, this computer's console, and phones of earlier origins."""

import contextlib
import errno
import os
import socket
import ssl
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from urllib.parse import urlsplit

from server import clock
from server.certificates import Door
from server.config import EVERYWHERE, LOOPBACK, Config, ConfigError, is_address, is_loopback, port_of
from server.eras import Era, eras, note
from server.log import log
from server.reach import Reach, Way
from server.settings import keep


@dataclass(frozen=True)
class Listener:
    """Bound sockets; `origins` are those that they are for alone, so that they close once no phone has any of these."""

    sockets: list[socket.socket]
    context: ssl.SSLContext | None = None
    origins: frozenset[str] = frozenset()

    @property
    def port(self) -> int:
        """The port of all of them."""
        return int(self.sockets[0].getsockname()[1])

    def close(self) -> None:
        """Let the port go."""
        for each in self.sockets:
            each.close()


def bind(config: Config) -> Listener:
    """Bind the configured address; the port first chosen is kept, since the phones' keys belong to the origin."""
    port = config.port or kept_port(config.data) or 0
    try:
        bound = Listener(bound_all(config.host, port))
    except OSError as error:
        message = f"port {port} on {config.host} cannot be used ({error.strerror}); stop what uses it, or choose --port"
        if error.errno == errno.EADDRNOTAVAIL:
            message = f"{config.host} is no address of this computer ({error.strerror}); listen at one that there is"
        raise ConfigError(message) from error
    if not config.port or not config.tls:
        keep(config.data / "port", str(bound.port))  # else the one kept is the loopback one of before
    return bound


@dataclass
class _Place:
    """One port to listen on: at which addresses, what it presents (null without TLS), and for which old origins it is.

    One that `stays` is for this computer's console, too.
    """

    port: int
    door: Door | None
    hosts: set[str] = field(default_factory=set)
    origins: set[str] = field(default_factory=set)
    stays: bool = False


def bind_all(config: Config, main: Listener, reach: Reach, *, forget: bool) -> list[Listener]:
    """Bind what else is to be served, now that it is known which origins phones keep; `reach` is told the outcome.

    Return all listeners, the main one first. With `forget`, what is written of origins that nobody keeps is lost.
    """
    for each in main.sockets:
        each.listen()  # so that the same port with and without TLS is refused to the other, and here
    for origin in reach.old:
        log.warning("%s is kept for phones that were set up under it", origin)
    ways, faults = _ways(config, main, reach, forget=forget)
    here, *others = _places(config, main, reach, ways).values()
    listeners = [replace(main, context=here.door.context() if here.door else None)]
    faults |= _bind_at(here, main, listeners)
    for place in others:
        faults |= _bind_at(place, None, listeners)
    for origin, fault in sorted(faults.items()):
        log.error("%s is not served: %s", origin, fault)
    answered = {(each.port, each.context is not None) for each in listeners}
    reach.listening(main.port, _local(config, answered, reach, main.port), ways, faults)
    for origin in reach.old:
        if warning := reach.warning_at(origin):
            log.warning("phones of %s may not get in, or not for long: %s", origin, warning)
    return listeners


def _ways(config: Config, main: Listener, reach: Reach, *, forget: bool) -> tuple[dict[str, Way], dict[str, str]]:
    """Write by which ways phones get to origins, and return them; of the others, why there is none.

    The current origin comes first, then the newest: who comes to a port meets what was presented there last.
    """
    before, now = eras(config.data), clock.now()
    ways, faults = dict[str, Way](), dict[str, str]()
    for origin in reach.old:
        found = _way_of(origin, before.get(origin, []), config, reach)
        if isinstance(found, Way):
            ways[origin] = found
        elif found:
            faults[origin] = found
    ways = dict(sorted(ways.items(), key=lambda each: each[1].era.since, reverse=True))
    noted = {each: None if before.get(each) else way.era for each, way in ways.items()}
    if reach.origin.startswith("https:"):
        holding = reach.certificates.current.holding if reach.certificates.current else None
        era = Era(now, main.port, config.host, believed=config.trusted_proxies)
        era = replace(era, certificate=holding.certificate, key=holding.key, believed=()) if holding else era
        known = before.get(reach.origin)
        if known and known[-1].certificate != era.certificate:
            log.warning("%s presents another certificate from now on: see that its phones trust it", reach.origin)
        ways, noted[reach.origin] = {reach.origin: Way(era, reach.certificates.current), **ways}, era
    noted = dict.fromkeys(reach.old) | noted
    note(config.data, {each: era for each, era in noted.items() if each.startswith("https:")}, forget=forget)
    return ways, faults


def _way_of(origin: str, known: list[Era], config: Config, reach: Reach) -> Way | str:
    """Return by which way phones get to an old origin, or why by none; nothing where that is others' to know."""
    certificates, host, last = reach.certificates, urlsplit(origin).hostname or "", known[-1] if known else None
    if not origin.startswith("https:"):
        return Way(Era(clock.now(), port_of(origin), "localhost")) if is_loopback(host) else "it is without TLS"
    if last is None and (found := certificates.guess(host)) is not None:
        wide = config.host if config.tls else EVERYWHERE[1]
        era = Era(clock.now(), port_of(origin), wide, found.holding.certificate, found.holding.key)
        return Way(era, found)
    if last is not None and last.certificate is not None and last.key is not None:
        there = certificates.found(last.certificate, last.key)
        return Way(last, there) if there else certificates.why_lost(last.certificate)
    if last is not None and last.port:
        return Way(last)
    if reach.how == "proxy":  # who stands in front knows whether it leads here, and phones are not said to be cut off
        return ""
    return "nobody knows any more by which port or certificate it was served: enrol its phones anew"


def _places(config: Config, main: Listener, reach: Reach, ways: Mapping[str, Way]) -> dict[tuple[int, bool], _Place]:
    """Return where to listen: for the current origin first, then for this computer's console, and for old origins."""

    def at(port: int, *, tls: bool) -> _Place:
        return places.setdefault((port, tls), _Place(port, Door(reach.certificates) if tls else None))

    places: dict[tuple[int, bool], _Place] = {}
    current, here = reach.certificates.current, at(main.port, tls=config.tls)
    if here.door and current:  # whatever the public URL says
        here.door.hosts[urlsplit(reach.origin).hostname or ""] = current
    if config.tls and (port := _plain_port(config.data)) not in (None, main.port):
        places[port, False] = _Place(port, None, {"localhost"}, stays=True)
    for origin, way in ways.items():
        place = at(way.era.port, tls=way.presented is not None)
        if place.door and way.presented:
            place.door.hosts.setdefault(urlsplit(origin).hostname or "", way.presented)
        if origin != reach.origin:
            place.origins.add(origin)
            place.hosts.add((way.era.host or EVERYWHERE[1]) if place.door else "localhost")
    return places


def _bind_at(place: _Place, main: Listener | None, listeners: list[Listener]) -> dict[str, str]:
    """Listen where a place needs it besides what `main` has bound; return the origins that are left out, and why."""
    there = [each.getsockname()[0] for each in main.sockets] if main else []
    needed = [each for each in addresses_of(place.hosts) if not covers(there, each)]
    try:
        sockets = _bound_at(needed, place.port, listen=True, beside=there)
    except OSError as error:
        named = " and ".join(sorted(place.hosts))
        log.warning("port %s on %s cannot be used: %s", place.port, named, error.strerror)
        return dict.fromkeys(place.origins, f"port {place.port} on {named} cannot be used: {error.strerror}")
    if sockets:
        context = listeners[0].context if main else place.door.context() if place.door else None
        listeners.append(Listener(sockets, context, frozenset() if place.stays else frozenset(place.origins)))
    return {}


def _plain_port(data: Path) -> int | None:
    """Return the port of this computer's console besides TLS; without one that can be read it comes by TLS."""
    try:
        return kept_port(data)
    except ConfigError as error:
        log.warning("%s", error)
        return None


def _local(config: Config, answered: set[tuple[int, bool]], reach: Reach, main: int) -> list[str]:
    """Return the origins by which this computer gets here, plain HTTP first: it needs no certificate."""
    here = config.host in (*LOOPBACK, *EVERYWHERE)
    named = reach.certificates.current is not None and reach.certificates.current.names.cover("localhost")
    ports = sorted((tls, port != main, port) for port, tls in answered if not tls or (here and named))
    return [f"http{'s' * tls}://{host}:{port}" for tls, _, port in ports for host in _HERE]


_HERE = ("localhost", "127.0.0.1", "[::1]")


def kept_port(data: Path) -> int | None:
    """Return the port that the data folder keeps; raises `ConfigError` where it holds none."""
    file = data / "port"
    if not file.is_file():
        return None
    text = file.read_text(encoding="utf-8", errors="replace").strip()
    if not text.isascii() or not text.isdigit() or len(text) > 5 or not 0 < int(text) < 65536:
        message = f"{file} holds no port; write the one that the phones know into it, or choose --port"
        raise ConfigError(message)
    return int(text)


def bound_all(host: str, port: int) -> list[socket.socket]:
    """Bind one port on all addresses that `host` stands for; IPv6 may be off, and is not needed on this computer."""
    return _bound_at(addresses_of([host]), port, listen=False)


def addresses_of(hosts: Iterable[str]) -> list[str]:
    """Return the addresses that hosts stand for, without those that another one of them includes."""
    stand = dict.fromkeys(LOOPBACK, ("127.0.0.1", "::1")) | {"::": ("0.0.0.0", "::")}  # noqa: S104
    found = sorted({each for host in hosts for each in stand.get(host) or [_address(host)]})
    return [each for each in found if not covers([other for other in found if other != each], each)]


def _address(host: str) -> str:
    """Return the address that a name is bound at, as sockets do; the name where it leads nowhere."""
    with contextlib.suppress(OSError, UnicodeError):
        return host if is_address(host) else socket.gethostbyname(host)
    return host


def covers(bound: Iterable[str], address: str) -> bool:
    """Whether who listens at these addresses listens at this one."""
    return not {address, "::" if ":" in address else "0.0.0.0"}.isdisjoint(bound)  # noqa: S104


def _bound_at(addresses: list[str], port: int, *, listen: bool, beside: Collection[str] = ()) -> list[socket.socket]:
    """Bind these; where others are bound, or are `beside` them, IPv6 may be missing."""
    bound: list[socket.socket] = []
    for each in addresses:
        try:
            made = _bound(each, bound[0].getsockname()[1] if bound else port)
            bound.append(made)
            if listen:
                made.listen()
        except OSError as error:
            taken = error.errno in (errno.EADDRINUSE, errno.EACCES)
            alone = not bound and not beside
            if alone or ":" not in each or (taken and each == "::"):  # phones would find somebody else there
                for other in bound:
                    other.close()
                raise
    return bound


def _bound(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    made = socket.socket(family, socket.SOCK_STREAM)
    try:
        if os.name == "posix":
            made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if family == socket.AF_INET6:
            made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.bind((host, port))
    except OSError:
        made.close()
        raise
    return made
