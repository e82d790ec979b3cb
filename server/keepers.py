"""The phones that keep an address: whether they go on under it once the server is reached otherwise."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import urlsplit

from server.config import Config, ConfigError, is_address
from server.contract.reach import OriginDevice
from server.eras import eras, port_at, under
from server.holdings import Holding, held, own_of, systems_trust
from server.listening import proxied
from server.tls import Names

UNTIL = (
    "until the phone has changed, or a provider has confirmed Stop serving in Settings > Server > Let phones connect"
)


@dataclass(frozen=True)
class Keepers:
    """All phones, and the settings that count until another way is written."""

    config: Config
    phones: Sequence[OriginDevice]

    def require_apart(self, port: int, *, tls: bool) -> None:
        """Raise `ConfigError` where a port is served otherwise, by TLS or plain, for phones that keep it."""
        if (origin := self.kept_otherwise(port, tls=tls)) is not None:
            message = f"port {port} goes on being served for phones that keep {origin}: choose another one"
            raise ConfigError(message)

    def kept_otherwise(self, port: int, *, tls: bool) -> str | None:
        """Return the origin for which phones need a port served otherwise, by TLS or plain; null where none do."""
        kept = sorted({each.origin for each in self.phones})
        return next((origin for origin in kept if self._way_to(origin) == (port, not tls)), None)

    def require_authority(self, names: Names, origin: str, port: int, now: datetime) -> None:
        """Raise `ConfigError` where phones would meet another authority than the one that they have installed."""
        config, there = self.config, own_of(self.config.data, names, now)
        if there is not None and config.tls and config.public_url == origin and there == held(config)[0]:
            return  # it stays as it is
        phones = [each for each in self._meeting(origin, port) if there is None or self._under(each) != there]
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

    def require_trust(self, certificate: Path, key: Path, origin: str, port: int) -> None:
        """Raise `ConfigError` where phones would meet what they do not trust, or not for what they call.

        Whom a phone trusts that was set up at this origin under the certificate of somebody else is not known here.
        """
        for phone in self._meeting(origin, port):
            there, host = self._under(phone), urlsplit(phone.origin).hostname or ""
            if there is None or there.certificate == certificate or systems_trust(certificate, key, host):
                continue
            if there.authority is None and phone.origin == origin:
                continue
            trusted = "this server's own authority" if there.authority else "the certificate of before"
            way_out = "give --public-url another port or another name" if phone.origin == origin else "choose --port"
            message = (
                f"{_named([phone])} keeps {phone.origin} and trusts {trusted} there, not this one, so it could not get "
                f"in any more: {way_out}, which leaves the old address as it is until the phone has changed"
            )
            raise ConfigError(message)

    def said_of(self, phone: OriginDevice, origin: str | None, presented: Path | None) -> str:
        """Say what becomes of a phone's address once `presented` is, null by a proxy; nothing where it stays so."""
        keeps, front = f"{_named([phone])} keeps {phone.origin}", proxied(self.config.data).get(phone.origin)
        if phone.origin == origin:
            there = self._under(phone)
            if front is None and presented is None:
                return f"{keeps}: the proxy has to answer there from then on, by a certificate that this phone trusts."
            changes = presented is not None and (there is None or there.certificate != presented)
            return f"{keeps}: it goes on where it trusts the new certificate." if changes else ""
        if front is not None:
            return f"{keeps}: the proxy there has to go on forwarding to http://127.0.0.1:{front.port} {UNTIL}."
        if origin is None:
            return f"{keeps}: this stays open on the network {UNTIL}."
        return f"{keeps}: see that this still leads here, or change that phone first."

    def _meeting(self, origin: str, port: int) -> list[OriginDevice]:
        """Return the phones that meet what is presented for an origin at a port: by an address none asks for a name."""
        host = urlsplit(origin).hostname or ""

        def meets(kept: str) -> bool:
            own = urlsplit(kept).hostname or ""
            return kept == origin or (self._way_to(kept) == (port, True) and (own == host or is_address(own)))

        return [each for each in self.phones if meets(each.origin)]

    def _way_to(self, origin: str) -> tuple[int, bool]:
        """Return the port of this computer at which an origin is served, and whether by TLS."""
        proxy = proxied(self.config.data).get(origin)
        if proxy:
            return proxy.port, False
        return port_at(eras(self.config.data).get(origin, ()), origin), origin.startswith("https:")

    def _under(self, phone: OriginDevice) -> Holding | None:
        """Return what was presented when a phone was set up; null where that was somebody else's."""
        there, known = held(self.config), eras(self.config.data).get(phone.origin)
        if known and phone.enrolled_at:
            by = under(known, phone.enrolled_at)
            return next((each for each in there if each.folder and each.folder.name == by), None)
        if phone.origin == self.config.public_url:
            return there[0] if self.config.tls else None
        host = urlsplit(phone.origin).hostname or ""
        return next((each for each in there if each.authority and each.names().cover(host)), None)


def _named(phones: Sequence[OriginDevice]) -> str:
    return ", ".join(f"“{each.name}”{' (PIN)' * each.pin} of {each.username}" for each in phones)
