"""The phones that keep an address: whether they go on under it once the server is reached otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from pathlib import Path
from urllib.parse import urlsplit

from server.config import EVERYWHERE, Config, ConfigError, is_address, port_of
from server.contract.reach import OriginDevice
from server.eras import Era, eras, under
from server.holdings import Holding, first_in, held, own_of, systems_trust, why_no_pair
from server.listening import addresses_of, covers
from server.tls import Names

UNTIL = "until the phone has changed, or a provider has confirmed Stop serving, in Settings > Server of a console"


@dataclass(frozen=True)
class Keepers:
    """All phones, and the settings that count until another way is written."""

    config: Config
    phones: Sequence[OriginDevice]

    @cached_property
    def _eras(self) -> dict[str, list[Era]]:
        return eras(self.config.data)

    @cached_property
    def _held(self) -> list[Holding]:
        return held(self.config)

    def require_apart(self, port: int, origin: str, *, tls: bool) -> None:
        """Raise `ConfigError` where phones that keep another origin need a port by TLS or plain otherwise."""
        if (kept := self.kept_otherwise(port, origin, tls=tls)) is not None:
            message = f"port {port} goes on being served for phones that keep {kept}: choose another one"
            raise ConfigError(message)

    def require_open(self, port: int, host: str, origin: str) -> None:
        """Raise `ConfigError` where phones that keep another origin need a port at more addresses than `host` has."""
        listening = addresses_of([host])
        for kept in sorted({each.origin for each in self.phones} - {origin}):
            era = self._era(kept)
            needed = addresses_of([era.host or EVERYWHERE[1]]) if era and era.port == port else []
            shut = [each for each in needed if each in EVERYWHERE and not covers(listening, each)]
            takes = [each for each in shut for other in listening if (":" in each) == (":" in other)]
            if takes:  # the port, before who needs it at all of them
                message = (
                    f"port {port} stays open to all networks for phones that keep {kept}, so it cannot be on {host} "
                    "alone: choose another one"
                )
                raise ConfigError(message)

    def kept_otherwise(self, port: int, moving: str = "", *, tls: bool) -> str | None:
        """Return the origin for which phones need a port served otherwise, by TLS or plain; null where none do.

        `moving` is one that is about to be served anew.
        """
        kept = sorted({each.origin for each in self.phones} - {moving})
        return next((origin for origin in kept if self._at(origin) == (port, not tls)), None)

    def listens_at(self, origin: str) -> int:
        """Return the port of this computer at which phones find an origin, that of its URL where nothing is known."""
        now = self.config.port if self.config.tls and self.config.public_url == origin else 0
        return next((era.port for era in reversed(self._eras.get(origin, ())) if era.tls), now or port_of(origin))

    def port_to_share(self, host: str, usual: int) -> int:
        """Return a port by which phones come by TLS already: `host`'s, or the usual one; else 0."""
        ways = {each.origin: self._at(each.origin) for each in self.phones}
        shared = {origin: port for origin, (port, tls) in ways.items() if tls and port == port_of(origin)}
        own = [port for origin, port in sorted(shared.items()) if urlsplit(origin).hostname == host]
        return own[0] if own else usual if usual in shared.values() else 0

    def authority_for(
        self, names: Names, origin: str, port: int, now: datetime, *, anew: bool = False
    ) -> Holding | None:
        """Return the holding of an own authority that is there for these names; null without one.

        Raises `ConfigError` where phones would meet another authority than the one that they have installed; where one
        is to be made `anew`, which they can install, only where that is not for what they call.
        """
        config, meeting, era = self.config, self._meeting(origin, port), self._era(origin)
        now_there = self._held[0].certificate if config.tls and config.public_url == origin else None
        met = era.certificate if era and era.tls else now_there
        trusted = [each for each in (met, *map(self._under, meeting)) if each]
        there = None if anew else own_of(config.data, names, now, trusted)
        if there is not None and there.certificate == met:
            return there  # it stays as it is
        phones = [each for each in meeting if there is None or self._under(each) != there.certificate]
        if anew:
            phones = [each for each in phones if not names.cover(urlsplit(each.origin).hostname or "")]
        if phones:
            kept = phones[0].origin
            named = _named([each for each in phones if each.origin == kept])
            message = (
                f"{named} was set up at {kept} under another authority than these names need, and could not get in any "
                "more: give the same names as before; or choose --port, which leaves the old address as it is"
            )
            if names.cover(urlsplit(kept).hostname or ""):
                message += (
                    "; or `countersign-server tls init --new-authority`, whose authority each phone then has to install"
                )
            raise ConfigError(message)
        return there

    def require_trust(self, certificate: Path, key: Path, origin: str, port: int) -> None:
        """Raise `ConfigError` where phones would meet what they do not trust, or not for what they call.

        Whom a phone trusts that was set up at this origin under the certificate of somebody else is not known here.
        """
        names = Names.in_certificate(first_in(certificate))
        for phone in self.phones:
            host = urlsplit(phone.origin).hostname or ""
            if (era := self._era(phone.origin)) and era.certificate == certificate and not names.cover(host):
                message = (
                    f"{_named([phone])} keeps {phone.origin} and meets {certificate} there, which is for others by "
                    "now: put that of before back, and the new one into another file"
                )
                raise ConfigError(message)
        own = {each.certificate for each in self._held if each.authority}
        for phone in self._meeting(origin, port):
            there, host = self._under(phone), urlsplit(phone.origin).hostname or ""
            if there is None or there == certificate or systems_trust(certificate, key, host):
                continue
            if there not in own and phone.origin == origin:
                continue
            trusted = "this server's own authority" if there in own else "the certificate of before"
            way_out = "give --public-url another port or another name" if phone.origin == origin else "choose --port"
            message = (
                f"{_named([phone])} keeps {phone.origin} and trusts {trusted} there, not this one, so it could not get "
                f"in any more: {way_out}, which leaves the old address as it is until the phone has changed"
            )
            raise ConfigError(message)

    def said_of(self, phone: OriginDevice, origin: str | None, config: Config) -> str:
        """Say what becomes of a phone's address once `config` counts, for `origin`; nothing where it stays so."""
        presented, era = config.tls_certificate, self._era(phone.origin)
        keeps, behind = f"{_named([phone])} keeps {phone.origin}", era is not None and not era.tls
        if origin and (phone.origin == origin or (presented and phone in self._meeting(origin, config.port))):
            if not behind and presented is None:
                return f"{keeps}: the proxy has to answer there from then on, by a certificate that this phone trusts."
            said = self._said_of_way(phone.origin, config) if phone.origin == origin and presented else []
            if presented is not None and self._under(phone) != presented:
                said.append("it goes on where it trusts the new certificate")
            return f"{keeps}: {'; and '.join(said)}." if said else ""
        if era and behind and era.port:
            return f"{keeps}: the proxy there has to go on forwarding to http://127.0.0.1:{era.port} {UNTIL}."
        if era and era.certificate != presented and (why := _why_lost(era)):
            return f"{keeps}, which is not served: {why}."
        if origin is None:
            return f"{keeps}: this stays open on the network {UNTIL}."
        return f"{keeps}: see that this still leads here, or change that phone first."

    def _said_of_way(self, origin: str, config: Config) -> list[str]:
        """Say where phones of an origin arrived until now and do not once `config` counts for it, by TLS of its own."""
        era, host, said = self._era(origin), config.host, list[str]()
        before = port_of(origin) if era and not era.tls else self.listens_at(origin)
        if before != config.port:
            said.append(f"it arrives at port {before} until now, so let a router forward it to port {config.port}")
        needed = addresses_of([era.host or EVERYWHERE[1]]) if era and era.tls else []
        if not all(covers(addresses_of([host]), each) for each in needed):
            said.append(f"it gets in only {'by IPv4' if host in EVERYWHERE else f'in the network of {host}'}")
        return said

    def _meeting(self, origin: str, port: int) -> list[OriginDevice]:
        """Return the phones that meet what is presented for an origin at a port: by an address none asks for a name."""
        host = urlsplit(origin).hostname or ""

        def meets(kept: str) -> bool:
            own = urlsplit(kept).hostname or ""
            both = is_address(own) and is_address(host)
            return kept == origin or (self._at(kept) == (port, True) and (own == host or both))

        return [each for each in self.phones if meets(each.origin)]

    def _era(self, origin: str) -> Era | None:
        """Return by which way phones get to an origin now; null where nothing is written."""
        known = self._eras.get(origin)
        return known[-1] if known else None

    def _at(self, origin: str) -> tuple[int, bool]:
        """Return the port of this computer at which an origin is served, and whether by TLS."""
        era = self._era(origin)
        return (era.port, era.tls) if era else (port_of(origin), origin.startswith("https:"))

    def _under(self, phone: OriginDevice) -> Path | None:
        """Return the certificate that was presented when a phone was set up; null where that was somebody else's."""
        known = self._eras.get(phone.origin)
        if known and phone.enrolled_at:
            return under(known, phone.enrolled_at).certificate
        there = self._likely(phone.origin)
        return there.certificate if there else None

    def _likely(self, origin: str) -> Holding | None:
        """Return what is presented at an origin of which nothing is written; null where others do that, likely."""
        if origin == self.config.public_url:
            return self._held[0] if self.config.tls else None
        host = urlsplit(origin).hostname or ""
        return next((each for each in self._held if each.authority and each.names().cover(host)), None)


def _why_lost(era: Era) -> str:
    return why_no_pair(era.certificate, era.key) if era.certificate and era.key else ""


def _named(phones: Sequence[OriginDevice]) -> str:
    return ", ".join(f"“{each.name}”{' (PIN)' * each.pin} of {each.username}" for each in phones)
