"""How phones reach this server, and what is known of whether they do; kept in memory alone."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import Enum
from typing import Literal
from urllib.parse import urlsplit

from server import addresses
from server.certificates import Certificates, Presented, Refusal, Why
from server.config import LOOPBACK, Config, is_address, is_loopback, port_of
from server.contract.health import HealthWarning
from server.eras import Era
from server.installing import InstallPage

How = Literal["this_computer", "own_authority", "certificate", "proxy"]
PARTING = timedelta(seconds=20)  # an app that is open asks every five


class Via(Enum):
    """How a call came: straight, from a proxy of ours that says for whom or does not, or from one not listed."""

    STRAIGHT = "straight"
    LISTED = "listed"
    SILENT = "silent"
    UNLISTED = "unlisted"


@dataclass(frozen=True)
class Came:
    """Whose call it is, by which name and port it was made (null where none was said), and by which way it came.

    `tls` is whether it came by TLS of this server's own.
    """

    ip: str
    host: str
    port: int | None
    via: Via
    tls: bool


@dataclass(frozen=True)
class Way:
    """By which phones get to an origin; `presented` is null by a proxy, and without TLS."""

    era: Era
    presented: Presented | None = None


@dataclass(frozen=True)
class Visit:
    """A device other than this computer opened the phone app."""

    ip: str
    at: datetime
    application: str


class Reach:
    """The origins that are served, by which certificates, and the last that was seen of phones."""

    def __init__(self, config: Config, origin: str, clock: Callable[[], datetime]) -> None:
        """Load the certificates; raises `ConfigError`."""
        self.origin, self._config, self._clock = origin, config, clock
        self.certificates = Certificates(config, clock)
        self.port = port_of(origin)
        self.page = InstallPage(config, origin, self.certificates, clock)
        self.looking = addresses.Looking()
        self.visit: Visit | None = None
        self._refusal: Refusal | None = None
        self._faults: Mapping[str, str] = {}
        self.kept: frozenset[str] = frozenset()
        self._parting: dict[str, datetime] = {}
        self._local: list[str] = []
        self._ways: Mapping[str, Way] = {}
        self.see(frozenset())

    @property
    def how(self) -> How:
        """Which of the ways is set up."""
        if self.certificates.current is not None:
            return "own_authority" if self.certificates.authority else "certificate"
        return "this_computer" if is_loopback(urlsplit(self.origin).hostname or "") else "proxy"

    def listening(self, port: int, local: list[str], ways: Mapping[str, Way], faults: Mapping[str, str]) -> None:
        """Know the port, by which origins this computer itself gets here (the best first), and how phones do.

        `faults` say why what phones keep is not served.
        """
        self.port, self._local, self._ways, self._faults = port, local, ways, faults
        self.see(self.kept)

    def see(self, kept: frozenset[str]) -> None:
        """Take the origins that living phones keep: these, the current one and this computer's own are served.

        One that no phone keeps any more is served for a little longer, so that a phone which was cut off hears of it.
        """
        now = self._clock()
        self._parting = {each: until for each, until in self._parting.items() if until > now and each not in kept}
        self._parting |= dict.fromkeys(self.kept - kept, now + PARTING)
        self.kept, self.served = kept, kept | set(self._parting)
        self.origins = {self.origin, *self.served, *self._local}
        named = self.certificates.current.names.texts if self.certificates.current else ()
        hosts = {urlsplit(each).hostname or "" for each in self.origins}
        self.hosts = {*LOOPBACK, self._config.host, *hosts, *named}
        served = [way for origin, way in self._ways.items() if origin in self.served]
        self.believed = {net for way in served for net in way.era.believed}.union(self._config.trusted_proxies)
        self.certificates.met = [way.presented for way in served if way.presented]

    def upstream_of(self, origin: str) -> int | None:
        """Return the port to which what stands in front of an origin forwards; null where nothing does."""
        way = self._ways.get(origin)
        return way.era.port if way and not way.presented and origin.startswith("https:") else None

    def listens_at(self, origin: str) -> int | None:
        """Return the port of this computer at which phones of an origin arrive; null where they do not."""
        way = self._ways.get(origin)
        if origin == self.origin:
            return self.port
        return way.era.port if way and origin not in self._faults else None

    def fault_at(self, origin: str) -> str:
        """Say why phones that keep an origin do not get in; nothing where they may."""
        seen = self._presented_at(origin)
        host = urlsplit(origin).hostname or ""
        return self._faults.get(origin) or (seen.fault_for(host, self._clock()) if seen else "")

    def warning_at(self, origin: str) -> str:
        """Say why phones that keep an origin may not get in, or not for long; nothing where they will."""
        if origin in self.old and origin not in self._ways and origin not in self._faults:
            return (
                "nobody knows any more where the proxy there forwards to: let it forward to "
                f"http://127.0.0.1:{self.port}, or enrol its phones anew"
            )
        seen = self._presented_at(origin)
        return (seen.trouble or seen.soon(self._clock())) if seen else ""

    def _presented_at(self, origin: str) -> Presented | None:
        way = self._ways.get(origin)
        return way.presented if way else None

    @property
    def local(self) -> str | None:
        """Where this computer's own console finds the server, whatever its name means to others."""
        return self._local[0] if self._local else None

    @property
    def old(self) -> list[str]:
        """Origins that are served for phones that were set up under them."""
        return sorted(self.kept - {self.origin})

    @property
    def warnings(self) -> set[HealthWarning]:
        """What whoever runs the server should see to."""
        locked = self._is_bare and not self._config.pin_devices
        mine = {
            HealthWarning.OLD_ORIGIN_NOT_SERVED: any(map(self.fault_at, self.old)),
            HealthWarning.NO_WAY_TO_UNLOCK: locked,
        }
        return self.certificates.warnings | {name for name, on in mine.items() if on}

    @property
    def _is_bare(self) -> bool:
        """Whether phones call an address without a name, under which there are no passkeys."""
        host = urlsplit(self.origin).hostname or ""
        return not is_loopback(host) and is_address(host)

    def is_secure(self, host: str, scheme: str, *, forwarded: bool) -> bool:
        """Whether this call came by HTTPS, and by a name for which a browser may be told to stay with it."""
        if is_loopback(host) and not forwarded:
            return False  # it would count for every port of this computer
        return scheme == "https" or (self.how == "proxy" and (forwarded or host == urlsplit(self.origin).hostname))

    def opened(self, came: Came, user_agent: str) -> None:
        """Remember that a device other than this computer opened the app, or why it cannot work as it came."""
        ip, host, via = came.ip, came.host, came.via
        called = host == urlsplit(self.origin).hostname and self._is_way_of_now(came)
        if via is Via.SILENT or (via is Via.UNLISTED and self._may_be_proxy(ip)):
            self._refuse("proxy_silent" if via is Via.SILENT else "proxy_unlisted", ip)
        elif addresses.is_own(ip):
            if called and via is Via.LISTED and self._refusal is not None and self._refusal.why.startswith("proxy_"):
                self._refusal = None  # the proxy was mended, whoever came through it
        elif called:
            self.visit = Visit(ip, self._clock(), application_of(user_agent))
            self._refusal = None  # it works by now
        elif host not in {urlsplit(each).hostname for each in self.served}:
            self._refuse("proxy_host" if self.how == "proxy" else "wrong_name", host)

    def _is_way_of_now(self, came: Came) -> bool:
        """Whether it came as phones do now, and not by an old address of the same name.

        A proxy may leave the port out, or name its own; only that of another address that phones keep tells them apart.
        """
        if came.tls is (self.how == "proxy"):
            return False
        if came.via is Via.STRAIGHT and self.how != "proxy":
            return came.port in (urlsplit(self.origin).port, port_of(self.origin))
        called = {port_of(each) for each in self.old if urlsplit(each).hostname == came.host}
        return came.port is None or came.port == port_of(self.origin) or came.port not in called

    def _may_be_proxy(self, ip: str) -> bool:
        """Whether who says for whom he calls may be in front of us, and not anybody on the network who says so."""
        return self.how == "proxy" or bool(self.believed) or addresses.is_own(ip)

    @property
    def refusal(self) -> Refusal | None:
        """The last phone that came and cannot work so, in its handshake or after it."""
        known = [each for each in (self.certificates.refusal, self._refusal) if each is not None]
        return max(known, key=lambda each: each.at, default=None)

    def _refuse(self, why: Why, name: str) -> None:
        plain = re.fullmatch(r"[A-Za-z0-9_.:-]{1,253}", name)  # what stands in Host is anybody's words
        self._refusal = Refusal(self._clock(), why, name if plain else None)

    def forget(self) -> None:
        """Look anew: what was seen before says nothing about the phone that comes now."""
        self.visit = self._refusal = self.certificates.refusal = None


_BROWSERS = (
    *(("EdgA/", "Edge"), ("Edg/", "Edge"), ("SamsungBrowser/", "Samsung Internet"), ("OPR/", "Opera")),
    *(("FxiOS/", "Firefox"), ("Firefox/", "Firefox"), ("CriOS/", "Chrome"), ("Chrome/", "Chrome")),
    ("Safari/", "Safari"),
)
_SYSTEMS = (
    *(("iPhone", "iPhone"), ("iPad", "iPad"), ("Android", "Android"), ("Windows", "Windows")),
    *(("Mac OS X", "Mac"), ("CrOS", "ChromeOS"), ("Linux", "Linux")),
)


def application_of(user_agent: str) -> str:
    """Say in a few words what a browser claims to be."""
    browser = next((name for mark, name in _BROWSERS if mark in user_agent), "")
    system = next((name for mark, name in _SYSTEMS if mark in user_agent), "")
    return " on ".join(each for each in (browser, system) if each)
