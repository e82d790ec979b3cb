"""The server's configuration: one frozen value, read once (defaults < file < environment < flags)."""

import os
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field, fields
from ipaddress import IPv4Network, IPv6Network, ip_address, ip_network
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import platformdirs
from sqlalchemy import make_url
from sqlalchemy.exc import ArgumentError

from server.addresses import address_of

PREFIX = "COUNTERSIGN_"
SETTINGS = "server.toml"  # in the data folder, read where no other file is named
PUSH_HOSTS = ("fcm.googleapis.com", "*.push.services.mozilla.com", "*.push.apple.com", "*.notify.windows.com")
Networks = tuple[IPv4Network | IPv6Network, ...]
_YEAR = 366 * 86_400
LOOPBACK = ("localhost", "127.0.0.1", "::1")
_MAPPED = IPv6Network("::ffff:0:0/96")  # RFC 4291, 2.5.5.2
EVERYWHERE = ("0.0.0.0", "::")  # noqa: S104 - who configures it means it


class ConfigError(Exception):
    """What is wrong with the configuration, and where; one sentence."""


INSTALL_PORT = 8480
"""The install page's where nobody has chosen another one; a free one takes its place where it is used."""


@dataclass(frozen=True)
class Config:
    """Defaults are safe: on this computer alone, documentation off. Lifetimes are in seconds."""

    data: Path = field(default_factory=lambda: Path(platformdirs.user_data_dir("Countersign", appauthor=False)))
    host: str = "localhost"
    port: int = 0
    public_url: str = ""
    request_lifetime: int = 120
    enrolment_lifetime: int = 600
    openapi: bool = False
    database: str = field(default="", repr=False)  # it may hold a password
    tls_certificate: Path | None = None
    tls_key: Path | None = None
    trusted_proxies: Networks = ()
    install_port: int = INSTALL_PORT
    outbound_proxy: str = field(default="", repr=False)  # it may hold a password
    push_hosts: tuple[str, ...] = PUSH_HOSTS
    pin_devices: bool = False
    probation: int = 86_400
    storage_allow: Networks = ()
    storage_folders: tuple[Path, ...] = ()
    storage_engine: Path | None = None
    storage_refresh: int = 86_400
    hold: int = 259_200

    @property
    def loopback(self) -> bool:
        """Whether it listens on this computer alone."""
        return self.host in LOOPBACK

    @property
    def tls(self) -> bool:
        """Whether it serves HTTPS itself."""
        return self.tls_certificate is not None


def load(
    file: Path | None = None,
    environment: Mapping[str, str] = os.environ,
    **flags: Any,  # noqa: ANN401 - see fields
) -> Config:
    """Read the configuration; raises `ConfigError`. Flags that are None were not given, nor is port 0: the kept one."""
    given: dict[str, Any] = {}
    for key in fields(Config):
        if (text := environment.get(PREFIX + key.name.upper())) is not None:
            given[key.name] = text
    given |= {name: value for name, value in flags.items() if value is not None and (name, value) != ("port", 0)}
    found = from_file(file) if file is not None else _from_folder(given.get("data"))
    config = Config(**{name: _value(name, value) for name, value in (found | given).items()})
    _check(config)
    return config


def _from_folder(data: Any) -> dict[str, Any]:  # noqa: ANN401 - see fields
    """Read the file that lies in the data folder, if there is one."""
    file = data_folder(data) / SETTINGS
    found = from_file(file) if file.is_file() else {}
    if "data" in found:
        message = f"{file}: it lies in the data folder, so it cannot say where that is; take 'data' out of it"
        raise ConfigError(message)
    return found


def data_folder(given: Path | str | None) -> Path:
    """Return the data folder: the given one, or the usual one of this account."""
    folder: Path = Config().data if given is None else _value("data", given)
    return folder


def from_file(file: Path) -> dict[str, Any]:
    """Read the settings of a file, unchecked but for their names; relative paths are relative to it."""
    try:
        found = tomllib.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        message = f"{file}: {getattr(error, 'strerror', None) or error}"
        raise ConfigError(message) from error
    known = {key.name for key in fields(Config)}
    for name in found:
        if name not in known:
            message = f"{file}: there is no setting {name!r}; known are {', '.join(sorted(known))}"
            raise ConfigError(message)
    for name in _PATHS:
        if isinstance(path := found.get(name), str) and path:
            found[name] = str(file.parent / Path(path).expanduser())
    return found


def _value(name: str, value: Any) -> Any:  # noqa: ANN401 - one of the fields
    try:
        return _READERS.get(name, str)(value)
    except (TypeError, ValueError) as error:
        message = f"{name}: {error}"
        raise ConfigError(message) from error


_PATHS = ("data", "tls_certificate", "tls_key", "storage_engine")


def _path(value: Any) -> Path:  # noqa: ANN401 - as TOML has it
    return Path(value).expanduser().resolve()


def file_named(value: Any) -> Path:  # noqa: ANN401 - as TOML has it
    """Return the whole path of a file, its links kept: who renews a certificate lets its link lead to the new one."""
    return Path(value).expanduser().absolute()


def _folder(text: str) -> Path:
    if not Path(text).is_absolute():
        message = f"{text!r} is no whole path of a folder, such as /srv/backup"
        raise ValueError(message)
    return Path(text)


def _on(value: Any) -> bool:  # noqa: ANN401 - as TOML has it
    if (text := str(value).strip().lower()) not in _SWITCH:
        message = f"{value!r} is neither on nor off: write 1 or 0"
        raise ValueError(message)
    return _SWITCH[text]


_SWITCH = {each: on for on, words in ((True, "1 true yes on"), (False, "0 false no off")) for each in words.split()} | {
    "": False
}


def _number(value: Any) -> int:  # noqa: ANN401 - as TOML has it
    if not re.fullmatch(r"-?[0-9]{1,9}", str(value)):
        message = f"{value!r} is no whole number"
        raise ValueError(message)
    return int(value)


def _parts(value: Any) -> list[str]:  # noqa: ANN401 - as TOML has it
    given = value.split(",") if isinstance(value, str) else value
    return [str(part).strip() for part in given if str(part).strip()]


def _database(url: str) -> str:
    if url and not url.startswith(("postgresql://", "postgres://")):
        message = "this is no postgresql://USER:PASSWORD@HOST/NAME; without it SQLite in the data folder is used"
        raise ValueError(message)
    try:
        make_url(url or "postgresql://")
    except (ArgumentError, ValueError):
        message = "this is no URL of a database: are special characters in the password written as %40 and so on?"
        raise ValueError(message) from None
    return url


def listening_host(text: str) -> str:
    """Return the address to listen on; raises ValueError where it is empty, which would be every one."""
    if not text.strip():
        message = f"it is empty: name one address of this computer, or {EVERYWHERE[0]} for all of them"
        raise ValueError(message)
    return text.strip()


def proxy_networks(texts: Iterable[str]) -> Networks:
    """Return the networks of proxies that may say for whom they call; raises ValueError, also for most of the world."""
    networks = tuple(ip_network(text) for text in texts)
    for each in networks:
        if each.prefixlen < (8 if each.version == 4 else 7):
            message = f"{each} is nearly everybody, who could then call as anybody: name where the proxy calls from"
            raise ValueError(message)
        if isinstance(each, IPv6Network) and each.overlaps(_MAPPED):
            message = f"{each} is of IPv4 inside IPv6: write such addresses as IPv4"
            raise ValueError(message)
    return networks


THIS_PROXY = proxy_networks(("127.0.0.1/32", "::1/128"))
"""From where a proxy on this computer calls."""


def _host_pattern(text: str) -> str:
    host = text.lower()
    if not re.fullmatch(r"(\*\.)?[a-z0-9-]+(\.[a-z0-9-]+)*(:[0-9]{1,5})?", host):
        message = f"{text!r} is no host name such as push.example.com or *.push.example.com"
        raise ValueError(message)
    return host


def _proxy(url: str) -> str:
    try:
        parts = urlsplit(url)
        fits = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if url and not fits:
        message = "this is no http://[USER:PASSWORD@]HOST:PORT"
        raise ValueError(message)
    return url


def origin_of(url: str) -> str:
    """Return the origin of `url` exactly as a browser writes it; raises ValueError where it is none."""
    parts = urlsplit(url.strip())
    host = _written_host(parts.hostname or "")
    if (
        parts.scheme not in ("https", "http")
        or not host
        or parts.path not in ("", "/")
        or parts.query
        or parts.username
    ):
        message = f"{url!r} is no address such as https://countersign.example.com"
        raise ValueError(message)
    if parts.port == 0:
        message = f"{url} has port 0, at which nobody can be called"
        raise ValueError(message)
    usual = {"https": 443, "http": 80}[parts.scheme]
    shown = f"[{host}]" if ":" in host else host
    origin = f"{parts.scheme}://{shown}" + (f":{parts.port}" if parts.port not in (None, usual) else "")
    if len(origin) > 100:
        message = "a public URL has at most 100 characters"
        raise ValueError(message)
    return origin


def _written_host(host: str) -> str:
    """Return a host as a browser writes it, nothing where it would not take it or take a number for an address."""
    if ":" in host:
        return str(ip_address(host))
    if "_" in host:
        message = f"{host} has an underscore: browsers' passkeys and certificates do not take such names"
        raise ValueError(message)
    if host.endswith("."):
        message = f"{host} ends with a dot: browsers take that for another name than the one without, so leave it out"
        raise ValueError(message)
    name = host.encode("idna").decode() if host else ""
    last = name.rpartition(".")[2]
    if not re.fullmatch(r"[a-z0-9-]+(\.[a-z0-9-]+)*", name):
        return ""
    if re.fullmatch(r"[0-9]+|0x[0-9a-f]*", last) and not is_address(name):
        return ""
    return name


_READERS: dict[str, Callable[[Any], Any]] = {
    "data": _path,
    "host": lambda value: listening_host(str(value)),
    "port": _number,
    "public_url": lambda value: origin_of(str(value)) if value else "",
    "request_lifetime": _number,
    "enrolment_lifetime": _number,
    "openapi": _on,
    "database": lambda value: _database(str(value)),
    "tls_certificate": lambda value: file_named(value) if value else None,
    "tls_key": lambda value: file_named(value) if value else None,
    "trusted_proxies": lambda value: proxy_networks(_parts(value)),
    "install_port": _number,
    "outbound_proxy": lambda value: _proxy(str(value)),
    "push_hosts": lambda value: tuple(_host_pattern(part) for part in _parts(value)),
    "pin_devices": _on,
    "probation": _number,
    "storage_allow": lambda value: tuple(ip_network(part) for part in _parts(value)),
    "storage_folders": lambda value: tuple(_folder(part) for part in _parts(value)),
    "storage_engine": lambda value: file_named(value) if value else None,
    "storage_refresh": _number,
    "hold": _number,
}


def _check(config: Config) -> None:
    if bool(config.tls_certificate) != bool(config.tls_key):
        message = "tls_certificate and tls_key go together"
        raise ConfigError(message)
    if not config.loopback and not (config.tls and config.public_url):
        message = (
            f"listening on {config.host} needs TLS and a public URL, which `countersign-server tls init` makes; "
            "without them Countersign listens on this computer alone"
        )
        raise ConfigError(message)
    if config.public_url.startswith("http://") and not is_loopback(urlsplit(config.public_url).hostname or ""):
        message = f"{config.public_url} is not https, and phones keep their keys only behind https"
        raise ConfigError(message)
    if not 0 <= config.port < 65536 or not 0 <= config.install_port < 65536:
        message = "port and install_port are 0 to 65535"
        raise ConfigError(message)
    if not 1 <= config.request_lifetime <= 600:
        message = "request_lifetime is 1 to 600 seconds"
        raise ConfigError(message)
    if not 0 <= config.probation <= _YEAR:
        message = "probation is 0 seconds to a year"
        raise ConfigError(message)
    if not 0 <= config.storage_refresh <= _YEAR:
        message = "storage_refresh is 0 seconds to a year"
        raise ConfigError(message)
    if not 0 <= config.hold <= _YEAR:
        message = "hold is 0 seconds to a year"
        raise ConfigError(message)
    if not 1 <= config.enrolment_lifetime <= 3600:
        message = "enrolment_lifetime is 1 to 3600 seconds"
        raise ConfigError(message)


def is_address(host: str) -> bool:
    """Whether a host is an address, and no name."""
    try:
        ip_address(host)
    except ValueError:
        return False
    return True


def port_of(origin: str) -> int:
    """Return the port of an origin, which those of HTTP and HTTPS go without."""
    parts = urlsplit(origin)
    return parts.port or (443 if parts.scheme == "https" else 80)


def is_loopback(host: str) -> bool:
    """Whether a host name or address is this computer's alone."""
    try:
        return address_of(host).is_loopback
    except ValueError:
        name = host.rstrip(".")
        return name == "localhost" or name.endswith(".localhost")
