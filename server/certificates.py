"""The certificates of a running server: chosen by name, kept fresh without a restart, and how they were refused."""

import re
import ssl
from collections.abc import Callable, Collection
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal
from urllib.parse import urlsplit

from typing_extensions import override

from server.config import Config, ConfigError
from server.contract.health import HealthWarning
from server.contract.reach import CONSOLE_ALPN
from server.eras import eras, note, port_at
from server.holdings import Holding, first_in, held, why_no_pair, why_other_name
from server.log import log
from server.tls import RENEW_BEFORE, THIS_COMPUTER, Names

ENDS_SOON = RENEW_BEFORE / 2
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
        self.context.sni_callback = certificates.choose
        self._stamp: tuple[int, ...] = ()
        self._load()

    def _load(self) -> None:
        stamp, holding = self._files(), self.holding
        for context in (ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), self.context):  # a failure would spoil the real one
            context.load_cert_chain(holding.certificate, holding.key, lambda: "")
        leaf = first_in(holding.certificate)
        self.names, self.ends_at, self._stamp = Names.in_certificate(leaf), leaf.not_valid_after_utc, stamp
        authority = holding.authority and first_in(holding.authority)
        self._lasts = bool(authority and authority.not_valid_after_utc > self.ends_at)

    def _files(self) -> tuple[int, ...]:
        stats = [file.stat() for file in (self.holding.certificate, self.holding.key)]
        return tuple(number for each in stats for number in (each.st_mtime_ns, each.st_size, each.st_ino))

    @property
    def folder(self) -> str | None:
        """The name of its folder; null where only the configuration names its files."""
        return self.holding.folder.name if self.holding.folder else None

    @property
    def renews_at(self) -> datetime | None:
        """When it is renewed by itself; null where others do that, or its authority ends as soon."""
        return self.ends_at - RENEW_BEFORE if self._lasts else None

    def refresh(self, now: datetime) -> None:
        """Renew what is ours to renew, and read again what has changed; raises OSError or ValueError."""
        if self.renews_at is not None and self.renews_at <= now:
            self.holding.renew(now)
        if self._files() != self._stamp:
            self._load()
            self.context.certificates.refusal = None  # whoever was refused had met the one of before
            log.info("the certificate of %s was loaded again", ", ".join(self.names.texts))


def _is_host(asked: str) -> bool:
    """Whether it can be a host's name: what is asked for in a handshake is anybody's words."""
    return re.fullmatch(r"[A-Za-z0-9.-]{1,253}", asked) is not None


class Certificates:
    """All that this server holds; the first one is presented where no other name is asked for."""

    def __init__(self, config: Config, clock: Callable[[], datetime]) -> None:
        """Load them; raises `ConfigError` where the one that is configured cannot be presented."""
        self._clock, self._config, self._eras = clock, config, eras(config.data)
        self.refusal: Refusal | None = None
        self.warnings: set[HealthWarning] = set()
        self.misnamed = ""
        """That what is presented is not for the host that phones call, in words that name its file."""
        self._unreadable = ""
        self._held: list[Presented] = []
        for place, holding in enumerate(held(config)):
            try:
                self._held.append(Presented(holding, self))
            except (OSError, ValueError) as error:
                if config.tls and place == 0:
                    raise ConfigError(_fault_of(holding, error)) from error
                log.warning("%s", _fault_of(holding, error))
        self.current = self._held[0] if config.tls else None
        self._host = urlsplit(config.public_url or "").hostname or ""
        self._now = {*THIS_COMPUTER, self._host}
        self._judge("", clock())

    @property
    def fault(self) -> str:
        """What is wrong with one of them, in words that name its file: whom it is for, or how it is not read."""
        return self.misnamed or self._unreadable

    @property
    def authority(self) -> Path | None:
        """The own authority that signed what is presented now."""
        return self.current.holding.authority if self.current else None

    def of(self, host: str, at: ssl.SSLContext | None = None) -> Presented | None:
        """Return what is presented to who asks for `host`; null where we hold nothing for it.

        By a name other than the current one, or `at` a port of its own, come phones that keep an earlier origin.
        """
        host = host.lower().rstrip(".")
        main = self.current is not None and at in (None, self.current.context)
        if main and self.current and host in self._now and self.current.names.cover(host):
            return self.current
        origins = [each for each in self._eras if urlsplit(each).hostname == host]
        known = [(each, found) for each in origins if (found := self.kept(each)) is not None]
        for origin, found in known:  # phones may keep several ports of one name
            if self.port_at(origin) == self._config.port if main else found.context is at:
                return found
        return known[0][1] if known else self._beside(host)

    def kept(self, origin: str) -> Presented | None:
        """Return what is presented to phones that keep an origin: what was there last; null where that is lost."""
        host = urlsplit(origin).hostname or ""
        for era in reversed(self._eras.get(origin, ())):
            if era.by is None:
                continue
            there = next((each for each in self._held if each.folder == era.by), None)
            if there is None or there.names.cover(host):
                return there
        return self._beside(host)

    def _beside(self, host: str) -> Presented | None:
        """Return what is for `host`, and rather not the current one, which phones did not find before."""
        ordered = sorted(self._held, key=lambda each: each is self.current)
        return next((each for each in ordered if each.names.cover(host)), None)

    def port_at(self, origin: str) -> int:
        """Return the port of this computer at which phones that keep an origin arrive."""
        return port_at(self._eras.get(origin, ()), origin)

    def note_origins(self, origin: str, port: int, old: Collection[str], in_front: Collection[str]) -> None:
        """Write what is presented at these from now on; `in_front` are those of which a proxy does that."""
        by = {each: None if each in in_front else self._kept_by(each) for each in old}
        by[origin] = self.current.folder if self.current else None
        by = {each: found for each, found in by.items() if each.startswith("https:")}
        ports = {each: self.port_at(each) for each in old} | {origin: port}
        note(self._config.data, by, self._clock(), ports)
        self._eras = eras(self._config.data)

    def _kept_by(self, origin: str) -> str | None:
        """Return the folder of what is presented there; what is lost may come back, and stays what is written."""
        found, known = self.kept(origin), self._eras.get(origin)
        return found.folder if found else known[-1].by if known else None

    def drop(self, forgotten: list[Holding]) -> None:
        """Present no more what was deleted."""
        self._held = [each for each in self._held if each.holding not in forgotten]

    def choose(self, handshake: Any, name: str | None, context: ssl.SSLContext) -> None:  # noqa: ANN401 - as `ssl` calls
        """Answer the name that a client asks for with its certificate."""
        handshake.asked = name
        if name and (found := self.of(name, context)) is not None:
            handshake.context = found.context

    def note(self, asked: str | None, reason: str) -> None:
        """Remember the last handshake that failed: that it did, never who it was."""
        distrust = reason.endswith(_DISTRUST)
        foreign = self.of(asked) is None if asked else distrust and not self._covers_addresses()
        why: Why = "untrusted" if distrust else "other"
        name = asked if asked and _is_host(asked) else None
        self.refusal = Refusal(self._clock(), "wrong_name" if foreign else why, name)

    def _covers_addresses(self) -> bool:
        """Whether who came by an address, and so asked for no name, can have come to the right place."""
        return any(not each.is_loopback for presented in self._held for each in presented.names.ip)

    def tend(self, now: datetime) -> None:
        """Keep all of them fresh; what fails is said once, shown, and tried again."""
        fault = ""
        for each in self._held:
            try:
                each.refresh(now)
            except (OSError, ValueError, TypeError) as error:
                fault = fault or _fault_of(each.holding, error)
        self._judge(fault, now)

    def _judge(self, unreadable: str, now: datetime) -> None:
        """Warn of what is amiss, and write it once; `unreadable` says which file is."""
        misnamed = ""
        if self.current is not None and self._host:
            misnamed = why_other_name(self.current.holding.certificate, self.current.names, self._host)
        for said, before in ((misnamed, self.misnamed), (unreadable, self._unreadable)):
            if said and not before:
                log.error("%s", said)
        self.misnamed, self._unreadable = misnamed, unreadable
        ends = self.current is not None and self.current.ends_at - ENDS_SOON <= now
        told = {
            HealthWarning.CERTIFICATE_UNREADABLE: unreadable,
            HealthWarning.CERTIFICATE_OTHER_NAME: misnamed,
            HealthWarning.CERTIFICATE_ENDS_SOON: ends,
        }
        self.warnings = {name for name, on in told.items() if on}


def _fault_of(holding: Holding, error: Exception) -> str:
    """Say what is wrong with its files; where they go together, it is its renewal that failed."""
    said = getattr(error, "strerror", None) or str(error)
    return why_no_pair(holding.certificate, holding.key) or f"{holding.certificate} cannot be used or renewed ({said})"
