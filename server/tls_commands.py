"""The commands `countersign-server tls …`: choose how phones reach this server, and write that into its settings."""

import argparse
import contextlib
import json
import os
import sys
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from server import addresses, clock
from server.config import (
    PREFIX,
    SETTINGS,
    THIS_PROXY,
    Config,
    ConfigError,
    data_folder,
    file_named,
    from_file,
    is_address,
    is_loopback,
    listening_host,
    load,
    origin_of,
    proxy_networks,
)
from server.contract.reach import OriginDevice
from server.holdings import first_in, own_for, require_pair
from server.keepers import Keepers
from server.listening import Listener, bound_all, kept_port
from server.settings import Value, change, keep
from server.tls import THIS_COMPUTER, Names, fingerprint

PORT, PLAIN_PORT = 8443, 8400
PINS_STAY = (
    "Phones may still confirm with a PIN instead of a screen lock (pin_devices). `countersign-server tls no-pins` "
    "ends that where none does."
)
_EACH: dict[str, Value] = dict.fromkeys(("host", "port", "public_url", "tls_certificate", "tls_key"))


def add_tls_commands(
    parser: argparse.ArgumentParser,
    common: argparse.ArgumentParser,
    phones_of: Callable[[Config], list[OriginDevice]],
) -> None:
    """Add them to the program's parser; `phones_of` tells which phones there are."""
    parser.set_defaults(phones_of=phones_of)
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    shared = argparse.ArgumentParser(add_help=False, parents=[common])
    shared.add_argument("--json", action="store_true", help="answer with one JSON line")
    listening = argparse.ArgumentParser(add_help=False)
    listening.add_argument("--host", type=_host, help="address to listen on (all of them)")
    listening.add_argument("--port", type=_port, help=f"port to listen on ({PORT}, or the one of the URL)")
    pins = argparse.ArgumentParser(add_help=False)
    pins.add_argument("--pin-devices", action="store_true", help="let phones confirm with a PIN: without a name")

    init = commands.add_parser(
        "init",
        parents=[shared, listening, pins],
        help="make an authority for this server's names alone, and a certificate",
    )
    init.add_argument("--name", nargs="+", action="extend", default=[], metavar="NAME", help="the first is the URL's")
    init.add_argument("--ip", nargs="+", action="extend", default=[], metavar="ADDRESS")
    init.add_argument("--new-authority", action="store_true", help="even if phones of this URL must install it anew")
    init.set_defaults(run=_init)

    use = commands.add_parser("use", parents=[shared, listening, pins], help="use a certificate that others signed")
    use.add_argument("--certificate", type=Path, required=True, metavar="FILE", help="PEM, with its chain")
    use.add_argument("--key", type=Path, required=True, metavar="FILE", help="PEM, not encrypted")
    use.add_argument("--public-url", type=_origin, required=True, metavar="URL")
    use.set_defaults(run=_use)

    proxy = commands.add_parser("proxy", parents=[shared, pins], help="stay behind a proxy or tunnel on this computer")
    proxy.add_argument("--public-url", type=_origin, required=True, metavar="URL", help="where that is reached")
    proxy.add_argument("--port", type=_port, help="port on this computer that it forwards to")
    proxy.add_argument(
        "--trusted-proxy",
        nargs="+",
        action="extend",
        metavar="NETWORK",
        help="where it forwards from, so that it may say for whom (this computer)",
    )
    proxy.set_defaults(run=_proxy)

    off = commands.add_parser("off", parents=[shared], help="be there for this computer alone")
    off.set_defaults(run=_off)

    no_pins = commands.add_parser(
        "no-pins", parents=[shared], help="let no phone confirm with a PIN any more, where none does"
    )
    no_pins.set_defaults(run=_no_pins)

    names = commands.add_parser(
        "names", parents=[shared], help="list this computer's names and addresses, and whether they resolve"
    )
    names.set_defaults(run=_names)


def _host(text: str) -> str:
    try:
        return listening_host(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        message = f"{text!r} is no port: 1 to 65535"
        raise argparse.ArgumentTypeError(message)
    return int(text)


def _origin(text: str) -> str:
    try:
        origin = origin_of(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(str(error)) from error
    if not origin.startswith("https://"):
        message = f"{origin} is not https, and phones keep their keys only behind https"
        raise argparse.ArgumentTypeError(message)
    return origin


def _init(args: argparse.Namespace) -> int:
    try:
        names = Names.of([*args.name, *args.ip])
    except ValueError as error:
        raise ConfigError(str(error)) from error
    if here := [name for name in names.texts if name in THIS_COMPUTER or is_loopback(name)]:
        message = f"{here[0]} leads every device to itself: `countersign-server tls names` lists what leads here"
        raise ConfigError(message)
    if nobodys := [each for each in map(str, names.ip) if not addresses.is_usable(each)]:
        message = f"{nobodys[0]} is no address by which others get here: `countersign-server tls names` lists those"
        raise ConfigError(message)
    _require_no_family(names)
    if not names.texts:
        message = (
            "say by which name phones reach this computer, with --name NAME: "
            "`countersign-server tls names` lists those that it has"
        )
        raise ConfigError(message)
    if not names.dns:
        _require_pins(args, "a --name")
    settings, data = _places(args)
    keepers, chosen = _keepers(args), names.texts[0]
    host = _listens_on(args, names.texts)
    _free(host, 0)  # or it says that this is no address of ours
    port = args.port or _port_of(settings) or _port_to_share(args, keepers, names, host) or _free(host, PORT)
    origin = _origin_at(chosen, port)
    there = keepers.authority_for(names, origin, port, clock.now(), anew=args.new_authority)
    keepers.require_apart(port, origin, tls=True)
    keepers.require_open(port, host, origin)
    own = own_for(data, names, clock.now(), there)
    _write(args, host, port, origin, own.certificate, own.key)
    _leave_to_phones(args, keepers)
    authority = own.authority
    assert authority  # noqa: S101 - as made
    shown, install = fingerprint(first_in(authority)), _settings_now(args).install_port
    if not args.json:
        _say_unresolved(names)
    return _tell(
        args,
        keepers,
        {"origin": origin, "fingerprint": shown, "ca": str(authority)},
        f"The authority that phones and consoles install is {authority}. Its fingerprint (SHA-256) is",
        shown,
        f"Phones install it once, from a page that Settings > Server in a console opens at port {install} "
        f"(install_port): let that through the firewall like port {port}.",
    )


def _origin_at(host: str, port: int) -> str:
    try:
        return origin_of(f"https://{f'[{host}]' if ':' in host else host}:{port}")
    except ValueError as error:
        raise ConfigError(str(error)) from error


def _port_to_share(args: argparse.Namespace, keepers: Keepers, names: Names, host: str) -> int:
    """Return a port that this server has for phones already, where these names may share it; else 0."""
    _, data = _places(args)
    port = keepers.port_to_share(names.texts[0], PORT)
    if not port or (not (data / "server.json").is_file() and _free(host, port) != port):
        return 0  # a server that runs has it itself
    origin = _origin_at(names.texts[0], port)
    try:
        keepers.authority_for(names, origin, port, clock.now())
        keepers.require_open(port, host, origin)
    except ConfigError:
        return 0
    return port


def _require_no_family(names: Names) -> None:
    """Raise `ConfigError` for a single word that is not this computer's: an authority speaks for all names below it."""
    if words := {name for name in names.dns if "." not in name}:
        ours = {way.text for way in addresses.ways()} | {way.text for way in addresses.ways(names.dns) if way.resolves}
        if strange := sorted(words - ours):
            message = (
                f"{strange[0]} is no name of this computer, and its authority would speak for every name that ends in "
                f".{strange[0]}: give the whole name, such as server.{strange[0]}"
            )
            raise ConfigError(message)


def _require_pins(args: argparse.Namespace, way_out: str) -> None:
    """Raise `ConfigError` where phones are to call an address without a name, and may not confirm with a PIN."""
    if not args.pin_devices:
        message = (
            f"an address without a name leaves phones without passkeys, which belong to a name: give {way_out}, "
            "or allow phones that confirm with a PIN instead, with --pin-devices"
        )
        raise ConfigError(message)


def _pins(args: argparse.Namespace) -> dict[str, Value]:
    return {"pin_devices": True} if args.pin_devices else {}


def _keepers(args: argparse.Namespace) -> Keepers:
    """Return the phones of before, and the settings that they were set up under.

    Where those are refused for how they let the server be reached, no server ran by them, and that is to be changed.
    """
    try:
        config = _settings_now(args)
    except ConfigError:
        config = _load(args, host=Config.host, public_url="", tls_certificate="", tls_key="")
    return Keepers(config, args.phones_of(config))


def _settings_now(args: argparse.Namespace) -> Config:
    """Return what counts now; raises `ConfigError`, which names what the environment says of how it is reached."""
    try:
        return _load(args)
    except ConfigError as error:
        if said := [name for name in map(_variable, _EACH) if name in os.environ]:
            message = (
                f"{error}. {' and '.join(said)} {'is' if len(said) == 1 else 'are'} set, and counts: take that back"
            )
            raise ConfigError(message) from error
        raise


def _load(args: argparse.Namespace, environment: Mapping[str, str] = os.environ, **flags: str) -> Config:
    """Read the settings; a file of them may not be there yet."""
    settings, data = _places(args)
    return load(args.config if settings.exists() else None, environment, data=data, **flags)


def _variable(name: str) -> str:
    return f"{PREFIX}{name.upper()}"


def _overriding(args: argparse.Namespace, config: Config) -> dict[str, object]:
    """Return what the environment says of how the server is reached other than the file does, by its variable."""
    written = _load(args, {name: text for name, text in os.environ.items() if name not in map(_variable, _EACH)})
    values = {name: getattr(config, name) for name in _EACH}
    return {_variable(name): value for name, value in values.items() if value != getattr(written, name)}


def _say_unresolved(names: Names) -> None:
    for way in addresses.ways(names.dns):
        if way.text in names.dns and not way.resolves:
            led = f"leads to {', '.join(way.to)}" if way.to else "leads nowhere"
            print(f"{way.text} {led} from here: see that phones find this computer by it.", file=sys.stderr)  # noqa: T201


def _use(args: argparse.Namespace) -> int:
    certificate, key = file_named(args.certificate), file_named(args.key)
    parts = urlsplit(args.public_url)
    require_pair(certificate, key, parts.hostname or "", clock.now())
    _require_leads_here(parts.hostname or "")
    if is_address(parts.hostname or ""):
        _require_pins(args, "a --public-url with one")
    host = _listens_on(args, [parts.hostname or ""])
    _free(host, 0)
    keepers = _keepers(args)
    port = args.port or keepers.listens_at(args.public_url)
    keepers.require_apart(port, args.public_url, tls=True)
    keepers.require_open(port, host, args.public_url)
    keepers.require_trust(certificate, key, args.public_url, port)
    _write(args, host, port, args.public_url, certificate, key)
    _leave_to_phones(args, keepers)
    told = {"origin": args.public_url, "fingerprint": None, "ca": None}
    return _tell(args, keepers, told)


def _require_leads_here(host: str) -> None:
    """Raise `ConfigError` for a name by which every device finds itself."""
    if is_loopback(host):
        message = f"{host} leads every device to itself: give the name by which phones are to get here"
        raise ConfigError(message)


def _proxy(args: argparse.Namespace) -> int:
    try:
        believed = [str(each) for each in (proxy_networks(args.trusted_proxy or ()) or THIS_PROXY)]
    except ValueError as error:
        raise ConfigError(f"--trusted-proxy: {error}") from error
    host = urlsplit(args.public_url).hostname or ""
    _require_leads_here(host)
    if is_address(host):
        _require_pins(args, "a --public-url with one")
    keepers = _keepers(args)
    port = args.port or _port_without_tls(args, keepers, args.public_url)
    keepers.require_apart(port, args.public_url, tls=False)
    changes: dict[str, Value] = {"port": port, "public_url": args.public_url, "trusted_proxies": believed}
    _change(args, {**_EACH, **changes, **_pins(args)})
    upstream = f"http://127.0.0.1:{port}"
    return _tell(
        args,
        keepers,
        {"origin": args.public_url, "fingerprint": None, "ca": None, "upstream": upstream},
        f"Let the proxy forward to {upstream} and say for whom (X-Forwarded-For), and by which name (Host).",
    )


def _require_folder(settings: Path, data: Path) -> None:
    if not settings.exists() and not data.is_dir():
        message = f"there is no folder {data}: say where the server's data is with --data DIR"
        raise ConfigError(message)


def _off(args: argparse.Namespace) -> int:
    settings, data = _places(args)
    _require_folder(settings, data)
    keepers = _keepers(args)
    if settings.exists():
        _change(args, _without_proxy(settings, _EACH))
    _leave_to_phones(args, keepers)
    return _tell(args, keepers, {"origin": None, "fingerprint": None, "ca": None})


def _leave_to_phones(args: argparse.Namespace, keepers: Keepers) -> None:
    """Keep another plain port where phones keep the one of before by TLS: plain, it would be taken before theirs."""
    _, data = _places(args)
    if (kept := _kept_port(args)) and (port := _port_without_tls(args, keepers)) != kept:
        keep(data / "port", str(port))


def _port_without_tls(args: argparse.Namespace, keepers: Keepers, moving: str = "") -> int:
    """Return the port that the data folder keeps, or a free one where phones keep that by TLS, or there is none."""

    def theirs(port: int) -> bool:
        return keepers.kept_otherwise(port, moving, tls=False) is not None

    kept = _kept_port(args)
    return kept if kept and not theirs(kept) else _free("127.0.0.1", 0 if theirs(PLAIN_PORT) else PLAIN_PORT)


def _kept_port(args: argparse.Namespace) -> int:
    """Return the port that the data folder keeps; 0 where it holds none that can be read."""
    _, data = _places(args)
    with contextlib.suppress(ConfigError):
        return kept_port(data) or 0
    return 0


def _no_pins(args: argparse.Namespace) -> int:
    """Take the permission back that `init --pin-devices` gave, where that cuts nobody off."""
    settings, data = _places(args)
    _require_folder(settings, data)
    config = load(args.config, data=data)
    if config.public_url and is_address(urlsplit(config.public_url).hostname or ""):
        message = f"{config.public_url} is an address without a name, so phones need a PIN there: give it a name first"
        raise ConfigError(message)
    phones: list[OriginDevice] = args.phones_of(config)
    if with_pin := [f"“{each.name}” of {each.username}" for each in phones if each.pin]:
        message = f"{', '.join(with_pin)} could confirm nothing any more: change that first"
        raise ConfigError(message)
    if settings.exists():
        _change(args, {"pin_devices": None})
    if load(args.config, data=data).pin_devices:
        message = f"it is not {settings} that allows phones with a PIN, but {PREFIX}PIN_DEVICES: take that back"
        raise ConfigError(message)
    print(json.dumps({"pin_devices": False}) if args.json else "From its next start on, no phone with a PIN is let in.")  # noqa: T201
    return 0


def _names(args: argparse.Namespace) -> int:
    found = addresses.ways()
    if args.json:
        told = [
            {
                "name" if way.is_name else "ip": way.text,
                "kind": "name" if way.is_name else "ip",
                "resolves": way.resolves,
                "to": list(way.to),
            }
            for way in found
        ]
        print(json.dumps({"addresses": told}))  # noqa: T201 - a command's answer
        return 0
    for way in found:
        led = ", ".join(way.to) or "nowhere"
        said = "an address" if not way.is_name else f"resolves, to {led}" if way.resolves else f"leads to {led}"
        print(f"{way.text}  {said}")  # noqa: T201 - a command's answer
    return 0


def _places(args: argparse.Namespace) -> tuple[Path, Path]:
    """Return the file of the settings and the data folder."""
    if args.config is not None:
        file: Path = args.config.expanduser().resolve()
        named = from_file(file).get("data") if file.exists() else None
        return file, data_folder(args.data or os.environ.get(f"{PREFIX}DATA") or named)
    data = data_folder(args.data or os.environ.get(f"{PREFIX}DATA"))
    return data / SETTINGS, data


def _write(args: argparse.Namespace, host: str, port: int, origin: str, certificate: Path, key: Path) -> None:
    """Write how to be reached by TLS of its own; files in the folder of the settings are named from there."""
    settings, data = _places(args)

    def named(file: Path) -> str:
        near = settings.parent == data and file.is_relative_to(data)
        return file.relative_to(data).as_posix() if near else str(file)

    changes: dict[str, Value] = {
        "host": host,
        "port": port,
        "public_url": origin,
        "tls_certificate": named(certificate),
        "tls_key": named(key),
    }
    _change(args, _without_proxy(settings, {**changes, **_pins(args)}))


def _change(args: argparse.Namespace, changes: dict[str, Value]) -> None:
    """Change the file of settings; raises `ConfigError` where these do not go together, and then it is as it was."""
    settings, _ = _places(args)
    before = settings.read_text(encoding="utf-8") if settings.exists() else None
    change(settings, changes)
    try:
        _settings_now(args)
    except ConfigError:
        if before is None:
            settings.unlink()
        else:
            keep(settings, before)
        raise


def _without_proxy(settings: Path, changes: dict[str, Value]) -> dict[str, Value]:
    """Take out that a proxy on this computer is believed, where `tls proxy` wrote that.

    The server itself goes on believing what stands before an origin for as long as phones keep that.
    """
    believed = from_file(settings).get("trusted_proxies") if settings.exists() else None
    return {**changes, "trusted_proxies": None} if believed == [str(each) for each in THIS_PROXY] else changes


def _port_of(settings: Path) -> int:
    """Return the port that was chosen before for TLS."""
    found = from_file(settings) if settings.exists() else {}
    port = found.get("port", 0) if found.get("tls_certificate") else 0
    return port if isinstance(port, int) else 0


def _listens_on(args: argparse.Namespace, called: Iterable[str]) -> str:
    """Return where to listen: unless somebody said it everywhere, by IPv6 too where what phones call leads there."""
    if args.host:
        return str(args.host)
    led = [to for each in called for to in ([each] if is_address(each) else addresses.looked_up(each))]
    return "::" if any(":" in each for each in led) else "0.0.0.0"  # noqa: S104 - all networks are what is meant


def _free(host: str, wanted: int) -> int:
    """Return `wanted`, or any port that is free now."""
    for port in (wanted, 0):
        try:
            bound = Listener(bound_all(host, port))
        except OSError as error:
            failure = error
            continue
        found = bound.port
        bound.close()
        return found
    message = f"{host} is no address of this computer ({failure.strerror}): see `countersign-server tls names`"
    raise ConfigError(message)


def _tell(args: argparse.Namespace, keepers: Keepers, told: dict[str, Any], *lines: str) -> int:
    settings, config = _places(args)[0], _settings_now(args)
    phones = [each for each in keepers.phones if each.origin != told["origin"]]
    if args.json:
        behind = [phone.model_dump(mode="json") for phone in phones]
        print(json.dumps({**told, "left_behind": behind, "pin_devices": config.pin_devices}))  # noqa: T201
        return 0
    if not told["origin"]:
        phones = [each for each in phones if not is_loopback(urlsplit(each.origin).hostname or "")]
    over = _overriding(args, config)
    print("\n".join((_begun(settings, told["origin"], phones, done=not over), *lines)))  # noqa: T201 - a command's answer
    for phone in (*(each for each in keepers.phones if each.origin == told["origin"]), *phones):
        if said := keepers.said_of(phone, told["origin"], config):
            print(said, file=sys.stderr)  # noqa: T201
    for name, value in over.items():
        print(f"But {name} is set, and counts: {value}. Take that back.", file=sys.stderr)  # noqa: T201
    if config.pin_devices and not getattr(args, "pin_devices", False):
        print(PINS_STAY, file=sys.stderr)  # noqa: T201
    return 0


def _begun(settings: Path, origin: str | None, phones: list[OriginDevice], *, done: bool) -> str:
    """Say what was done; this computer is alone only where no phone keeps an address of the network.

    What comes of it is said only where that is `done`: something else may count.
    """
    written = f"{settings} is written." if settings.exists() else f"There is no {settings}."
    if not done:
        return written
    if origin:
        return f"{written} From its next start on, the server is reached at {origin}."
    if phones:
        return f"{written} From its next start on, no other phone gets in, but what phones keep stays open."
    if not settings.exists():
        return f"There is no {settings}: the server is reached on this computer alone already."
    return f"{written} From its next start on, the server is reached on this computer alone."
