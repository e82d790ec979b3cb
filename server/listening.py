"""Where a server listens: for the current public URL, this computer's console, and phones of earlier origins."""

import errno
import json
import os
import socket
import ssl
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from server.config import EVERYWHERE, LOOPBACK, THIS_PROXY, Config, ConfigError, is_loopback, proxy_networks
from server.log import log
from server.reach import InFront, Reach
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
        raise ConfigError(message) from error
    if not config.port or not config.tls:
        keep(config.data / "port", str(bound.port))  # else the one kept is the loopback one of before
    return bound


def bind_further(config: Config, main: Listener, reach: Reach) -> list[Listener]:
    """Bind what else is to be served, now that it is known which origins phones keep; `reach` is told the outcome."""
    for each in main.sockets:
        each.listen()  # so that the same port with and without TLS is refused to the other, and here
    bound: dict[tuple[int, bool], Listener] = {(main.port, config.tls): main}
    unserved = set(reach.old)
    for origin in reach.old:
        log.warning("%s is kept for phones that were set up under it", origin)
    in_front = _in_front(config, main, reach)
    reach.certificates.note_origins(reach.origin, main.port, reach.old, in_front)
    for place in _places(config, main, reach, in_front):
        at = place.port, place.context is not None
        try:
            if at not in bound:
                bound[at] = Listener(bound_all(place.host, place.port, listen=True), place.context, place.origins)
            elif bound[at].origins:
                bound[at] = replace(bound[at], origins=bound[at].origins | place.origins)
            unserved -= place.origins
        except OSError as error:
            log.warning("port %s on %s cannot be used: %s", place.port, place.host, error.strerror)
    if reach.how == "proxy":  # whether these lead here is known to who stands in front
        unserved -= {each for each in unserved if each.startswith("https:") and each not in in_front}
    for origin in sorted(unserved):
        log.error("%s is not served: its port or its certificate is no longer ours", origin)
    reach.listening(main.port, _local(config, set(bound), reach), frozenset(unserved), in_front)
    return [each for each in bound.values() if each is not main]


def _in_front(config: Config, main: Listener, reach: Reach) -> dict[str, InFront]:
    """Keep what stands before origins for as long as phones have these, whatever the settings say by then."""
    found = proxied(config.data)
    kept = {origin: proxy for origin, proxy in found.items() if origin in reach.old}
    if reach.how == "proxy":
        kept[reach.origin] = InFront(main.port, config.trusted_proxies)
    if kept != found:
        told = {origin: {"port": each.port, "believed": list(map(str, each.believed))} for origin, each in kept.items()}
        keep(config.data / "proxied.json", json.dumps(told))
    return kept


def proxied(data: Path) -> dict[str, InFront]:
    """Return what is written of proxies in front; nothing where that cannot be read."""
    try:
        told = json.loads((data / "proxied.json").read_text(encoding="utf-8"))
        return {origin: _read(each) for origin, each in told.items()}
    except (OSError, ValueError, TypeError, AttributeError, KeyError):
        return {}


def _read(told: Any) -> InFront:  # noqa: ANN401 - JSON
    """Read one; an earlier version wrote the port alone."""
    if isinstance(told, int):
        return InFront(told, THIS_PROXY)
    return InFront(int(told["port"]), proxy_networks(told["believed"]))


def _local(config: Config, answered: set[tuple[int, bool]], reach: Reach) -> list[str]:
    """Return the origins by which this computer gets here, plain HTTP first: it needs no certificate."""
    here = config.host in (*LOOPBACK, *EVERYWHERE)
    named = reach.certificates.current is not None and reach.certificates.current.names.cover("localhost")
    ports = sorted((tls, port) for port, tls in answered if not tls or (here and named))
    return [f"http{'s' * tls}://{host}:{port}" for tls, port in ports for host in _HERE]


_HERE = ("localhost", "127.0.0.1", "[::1]")


@dataclass(frozen=True)
class _Place:
    host: str
    port: int
    context: ssl.SSLContext | None
    origins: frozenset[str] = frozenset()


def _places(config: Config, main: Listener, reach: Reach, in_front: Mapping[str, InFront]) -> list[_Place]:
    """Return where to listen besides: for this computer's console, which needs no name, and for old origins."""
    kept = kept_port(config.data) if config.tls else None
    found = [_Place("localhost", kept, None)] if kept and kept != main.port else []
    for origin in reach.old:
        parts = urlsplit(origin)
        host = parts.hostname or ""
        if (proxy := in_front.get(origin)) is not None:
            found.append(_Place("localhost", proxy.port, None, frozenset({origin})))
        elif parts.scheme == "http" and is_loopback(host):
            found.append(_Place("localhost", parts.port or 80, None, frozenset({origin})))
        elif (presented := reach.certificates.kept(origin)) is not None:
            port, context = reach.certificates.port_at(origin), presented.context
            found.append(_Place(presented.holding.host, port, context, frozenset({origin})))
    return found


def kept_port(data: Path) -> int | None:
    """Return the port that the data folder keeps; raises `ConfigError` where it holds none."""
    file = data / "port"
    if not file.is_file():
        return None
    text = file.read_text(encoding="utf-8", errors="replace").strip()
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        message = f"{file} holds no port; write the one that the phones know into it, or choose --port"
        raise ConfigError(message)
    return int(text)


def bound_all(host: str, port: int, *, listen: bool = False) -> list[socket.socket]:
    """Bind one port on all addresses that `host` stands for; IPv6 may be off, and is not needed on this computer."""
    hosts = ["127.0.0.1", "::1"] if host in LOOPBACK else ["0.0.0.0", "::"] if host == "::" else [host]  # noqa: S104
    bound: list[socket.socket] = []
    for each in hosts:
        try:
            made = _bound(each, bound[0].getsockname()[1] if bound else port)
            bound.append(made)
            if listen:
                made.listen()
        except OSError as error:
            taken = error.errno in (errno.EADDRINUSE, errno.EACCES)
            if not bound or (taken and host == "::"):  # phones would find somebody else there
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
