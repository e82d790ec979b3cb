"""The certificates of a running server: chosen by name, kept fresh without a restart, and how they were refused."""

import re
import ssl
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from cryptography import x509
from typing_extensions import override

from server.config import Config, ConfigError, is_address
from server.contract.health import HealthWarning
from server.contract.reach import CONSOLE_ALPN
from server.holdings import ANEW, Holding, Lost, first_in, held, part_in, why_no_pair, why_other_name
from server.log import log
from server.tls import RENEW_BEFORE, Names

ENDS_SOON = RENEW_BEFORE / 2
UNUSABLE = (OSError, ValueError, TypeError, x509.DuplicateExtension, x509.UnsupportedGeneralNameType)
"""What loading a certificate raises, or asking whom it is for."""
_DISTRUST = ("UNKNOWN_CA", "CERTIFICATE_UNKNOWN", "BAD_CERTIFICATE", "CERTIFICATE_EXPIRED", "UNSUPPORTED_CERTIFICATE")


Why = Literal["untrusted", "wrong_name", "other", "proxy_silent", "proxy_unlisted", "proxy_host"]


@dataclass(frozen=True)
class Refusal:
    """A phone that came and cannot work: its handshake failed, or what is in front of us hides who it is.

    `name` is what was asked for, or who forwards without being listed; null where nothing is known.
    """

    at: datetime
    why: Why
    name: str | None


class _Handshake(ssl.SSLObject):
    """Tells how it failed: the event loop keeps that to itself."""

    asked: str | None = None

    @override
    def do_handshake(self) -> None:
        try:
            super().do_handshake()
        except (ssl.SSLWantReadError, ssl.SSLWantWriteError):
            raise
        except ssl.SSLError as error:
            if isinstance(self.context, _Context) and self.selected_alpn_protocol() != CONSOLE_ALPN:
                self.context.certificates.note(self.asked, error.reason or "")
            raise


class _Context(ssl.SSLContext):
    sslobject_class = _Handshake
    certificates: "Certificates"


class Presented:
    """One certificate with its context, which new handshakes use as it is by then."""

    def __init__(self, holding: Holding, certificates: "Certificates") -> None:
        """Load it; raises OSError or ValueError where it cannot be."""
        self.holding = holding
        self.context = _Context(ssl.PROTOCOL_TLS_SERVER)
        self.context.certificates = certificates
        self.context.set_alpn_protocols([CONSOLE_ALPN])  # whoever offers none of these goes on without
        self.trouble = ""
        """Why its files cannot be read or renewed by now, in words that name them."""
        self._stamp: tuple[int, ...] = ()
        self._load()

    def _load(self) -> None:
        stamp, holding = self._files(), self.holding
        for context in (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), self.context):  # a failure would spoil the real one
            context.load_cert_chain(holding.certificate, holding.key, lambda: "")
        leaf = first_in(holding.certificate)
        self.names, self.ends_at, self._stamp = Names.in_certificate(leaf), leaf.not_valid_after_utc, stamp
        authority = holding.authority and part_in(holding.authority, first_in)
        self._lasts = bool(authority and authority.not_valid_after_utc > self.ends_at)

    def _files(self) -> tuple[int, ...]:
        stats = [file.stat() for file in (self.holding.certificate, self.holding.key)]
        return tuple(number for each in stats for number in (each.st_mtime_ns, each.st_size, each.st_ino))

    @property
    def renews_at(self) -> datetime | None:
        """When it is renewed by itself; null where others do that, or its authority ends as soon."""
        return self.ends_at - RENEW_BEFORE if self._lasts else None

    def fault_for(self, host: str, now: datetime) -> str:
        """Say why a phone that calls this host does not trust it; nothing where it may."""
        if self.ends_at <= now and self.holding.authority and self._lasts and self.trouble:
            return self.trouble  # why it was not renewed
        if self.ends_at <= now:
            return f"{self.holding.certificate} ended on {self._ends('change its phones', 'get a new one')}"
        return why_other_name(self.holding.certificate, self.names, host)

    def soon(self, now: datetime) -> str:
        """Say that it ends soon, where nobody here renews it; nothing where it lasts."""
        if self.ends_at - ENDS_SOON > now:
            return ""
        way_out = self._ends("change its phones before that", "put a new one in its place")
        return f"{self.holding.certificate} ends on {way_out}"

    def _ends(self, with_authority: str, otherwise: str) -> str:
        """Say when, and what to do: nothing that phones trust takes its place where its own authority ends."""
        if self.holding.authority and not self._lasts:
            return f"{self.ends_at:%d %B %Y}, with its authority: {with_authority}"
        return f"{self.ends_at:%d %B %Y}: {otherwise}"

    def tend(self, now: datetime) -> None:
        """Keep it fresh; what fails is its trouble until it works."""
        try:
            self._refresh(now)
            self.trouble = ""
        except UNUSABLE as error:
            self.trouble = _fault_of(self.holding, error, now=self.context.certificates.current is self)

    def _refresh(self, now: datetime) -> None:
        """Renew what is ours to renew, and read again what has changed."""
        if self.renews_at is not None and self.renews_at <= now:
            self.holding.renew(now)
        if self._files() != self._stamp:
            self._load()
            self.context.certificates.refusal = None  # whoever was refused had met the one of before
            log.info("the certificate of %s was loaded again", ", ".join(self.names.texts))


def _is_host(asked: str) -> bool:
    """Whether it can be a host's name: what is asked for in a handshake is anybody's words."""
    return re.fullmatch(r"[A-Za-z0-9.-]{1,253}", asked) is not None


@dataclass(frozen=True)
class Door:
    """What one port presents: to each host its own certificate, and the first one to whoever asks for none of these."""

    certificates: "Certificates"
    hosts: dict[str, Presented] = field(default_factory=dict)

    def context(self) -> ssl.SSLContext:
        """Return what a listener takes."""
        made = _Context(ssl.PROTOCOL_TLS_SERVER)
        made.certificates = self.certificates
        made.sni_callback = self._choose
        return made

    def of(self, host: str | None) -> Presented | None:
        """Return what is presented to who asks for `host`, or by an address for none (RFC 6066, 3)."""
        if host is None:
            return next((found for name, found in self.hosts.items() if is_address(name)), None)
        host = host.lower().rstrip(".")
        if host in self.hosts:
            return self.hosts[host]
        return next((each for each in self.hosts.values() if each.names.cover(host)), None)

    def _choose(self, handshake: Any, name: str | None, _context: ssl.SSLContext) -> None:  # noqa: ANN401 - as `ssl` calls
        handshake.asked = name
        handshake.context = (self.of(name) or next(iter(self.hosts.values()))).context


class Certificates:
    """All that this server holds: what phones meet at the origin of now and at old ones, and may need again."""

    def __init__(self, config: Config, clock: Callable[[], datetime]) -> None:
        """Load them; raises `ConfigError` where the one that is configured cannot be presented."""
        self._clock = clock
        self.refusal: Refusal | None = None
        self.warnings: set[HealthWarning] = set()
        self.misnamed = ""
        """That what is presented is not for the host that phones call, in words that name its file."""
        self._troubles: set[str] = set()
        self._held: list[Presented] = []
        self._lost: dict[Path, str] = {}
        for place, holding in enumerate(held(config)):
            try:
                self._held.append(Presented(holding, self))
            except UNUSABLE as error:
                now = config.tls and place == 0
                self._lost[holding.certificate] = _fault_of(holding, error, now=now)
                if now:
                    raise ConfigError(self._lost[holding.certificate]) from error
        self.current = self._held[0] if config.tls else None
        self._host = urlsplit(config.public_url or "").hostname or ""
        self.met: list[Presented] = []
        """What phones meet, at the origin of now and at those that they keep."""
        self._judge(clock())

    @property
    def fault(self) -> str:
        """What is wrong with the one of now, in words that name its file: whom it is for, or why it is not read."""
        return self.misnamed or (self.current.trouble if self.current else "")

    @property
    def authority(self) -> Path | None:
        """The own authority that signed what is presented now."""
        return self.current.holding.authority if self.current else None

    @property
    def beside(self) -> list[Holding]:
        """What is held besides what is presented now."""
        return [each.holding for each in self._held if each is not self.current]

    def found(self, certificate: Path, key: Path) -> Presented | None:
        """Return what is presented from a file, rather with this key; null where it is lost, and may come back."""
        held = [each for each in self._held if each.holding.certificate == certificate]
        return min(held, key=lambda each: each.holding.key != key, default=None)

    def guess(self, host: str) -> Presented | None:
        """Return what is for a host of which nothing is written, rather not what is new there; null without any."""
        ordered = sorted(self._held, key=lambda each: each is self.current)
        return next((each for each in ordered if each.names.cover(host)), None)

    def why_lost(self, certificate: Path) -> str:
        """Say why nothing is presented from a file."""
        return self._lost.get(certificate) or f"{certificate} is gone"

    def drop(self, forgotten: list[Holding]) -> None:
        """Present no more what was deleted."""
        self._held = [each for each in self._held if each.holding not in forgotten]

    def note(self, asked: str | None, reason: str) -> None:
        """Remember the last handshake that failed: that it did, never who it was."""
        distrust = reason.endswith(_DISTRUST)
        foreign = not self._covers(asked) if asked else distrust and not self._covers_addresses()
        why: Why = "untrusted" if distrust else "other"
        name = asked if asked and _is_host(asked) else None
        self.refusal = Refusal(self._clock(), "wrong_name" if foreign else why, name)

    def _covers(self, asked: str) -> bool:
        return any(each.names.cover(asked.lower().rstrip(".")) for each in self._held)

    def _covers_addresses(self) -> bool:
        """Whether who came by an address, and so asked for no name, can have come to the right place."""
        return any(not each.is_loopback for presented in self._held for each in presented.names.ip)

    def tend(self, now: datetime) -> None:
        """Keep all of them fresh; what fails is said once, shown, and tried again."""
        for each in self._held:
            each.tend(now)
        self._judge(now)

    def _judge(self, now: datetime) -> None:
        """Warn of what is amiss, and write it once."""
        misnamed, needed = "", {*self.met, *filter(None, [self.current])}  # no phone needs the others
        if self.current is not None and self._host:
            misnamed = why_other_name(self.current.holding.certificate, self.current.names, self._host)
        troubles = {each.trouble for each in needed if each.trouble}
        for said in ({misnamed} - {self.misnamed, ""}) | (troubles - self._troubles):
            log.error("%s", said)
        self.misnamed, self._troubles = misnamed, troubles
        told = {
            HealthWarning.CERTIFICATE_UNREADABLE: bool(troubles),
            HealthWarning.CERTIFICATE_OTHER_NAME: bool(misnamed),
            HealthWarning.CERTIFICATE_ENDS_SOON: any(each.soon(now) for each in needed),
        }
        self.warnings = {name for name, on in told.items() if on}


def _fault_of(holding: Holding, error: Exception, *, now: bool) -> str:
    """Say what is wrong with its files; where they go together, it is its renewal that failed.

    `now` is whether it is what is presented at the address of now: phones there may install another authority.
    """
    if isinstance(error, Lost):
        return f"{error}; {ANEW if now else 'or enrol the phones of that address anew'}"
    said = getattr(error, "strerror", None) or str(error)
    return why_no_pair(holding.certificate, holding.key) or f"{holding.certificate} cannot be used or renewed ({said})"
