"""What an account of each kind is set up with, which of that is secret, and where two places are the same."""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from ipaddress import ip_address
from pathlib import PurePath
from typing import NamedTuple
from urllib.parse import SplitResult, urlsplit

from server.contract.message import visible
from server.contract.problem import Problem
from server.contract.storage import StorageKind

PRESETS = ("wasabi", "backblaze_b2", "minio", "ceph", "other")
_LABEL = re.compile(r"(?!-)[A-Za-z0-9_-]{1,63}(?<!-)")
_ONE_NAMESPACE = ("wasabi", "backblaze_b2", "minio")
"""Where a name is one bucket, by whatever key; at Ceph, and at services that are not known, a key may have its own."""
_AMAZON = re.compile(r"s3([.-][a-z0-9-]+){0,3}\.amazonaws\.com(\.cn)?\.?")
_PARTITION = re.compile(r"(?:^|[.-])(cn|us-gov|[a-z]{2}-iso[a-z]?)-")


@dataclass(frozen=True)
class Setting:
    """One setting: how a value is made right, or why it is not (`ValueError`)."""

    name: str
    read: Callable[[str], str]
    secret: bool = False
    default: str | None = None
    """What stands where it is left out; null where it has to be given."""


def _plain(most: int = 256, *, spaces: bool = False) -> Callable[[str], str]:
    """Take visible ASCII, with spaces inside where they may be."""

    def read(text: str) -> str:
        lowest = " " if spaces else "!"
        if len(text) > most or text != text.strip() or not all(lowest <= each <= "~" for each in text):
            message = f"at most {most} printable characters of ASCII"
            raise ValueError(message)
        return text

    return read


def _pattern(pattern: str, told: str) -> Callable[[str], str]:
    def read(text: str) -> str:
        if not re.fullmatch(pattern, text):
            raise ValueError(told)
        return text

    return read


def _secret(text: str) -> str:
    """Take whatever can be typed; nothing of it is told."""
    if "\0" in text or "\r" in text or "\n" in text:
        message = "may not hold line breaks"
        raise ValueError(message)
    return text


def _azure_key(text: str) -> str:
    try:
        base64.b64decode(text, validate=True)
    except ValueError:
        message = "is no key of a storage account, which is Base64"
        raise ValueError(message) from None
    return text


def _private_key(text: str) -> str:
    if not re.fullmatch(r"\s*-----BEGIN [A-Z0-9 ]*PRIVATE KEY-----[\x20-\x7e\s]+-----END [A-Z0-9 ]*-----\s*", text):
        message = "is no private key that begins with -----BEGIN … PRIVATE KEY-----"
        raise ValueError(message)
    return text.strip() + "\n"


def _host_key(text: str) -> str:
    """Take one line of OpenSSH, without its comment."""
    found = re.fullmatch(r"\s*((?:ssh|ecdsa|sk)-[A-Za-z0-9@.-]+) ([A-Za-z0-9+/]+={0,2})(?: [^\r\n]*)?\s*", text)
    if found is None:
        message = "is no public key such as ssh-ed25519 AAAA…"
        raise ValueError(message)
    return f"{found[1]} {found[2]}"


def _preset(text: str) -> str:
    if text not in PRESETS:
        message = f"is one of {', '.join(PRESETS)}"
        raise ValueError(message)
    return text


def _host(text: str) -> str:
    host = text.lower()
    try:
        return str(ip_address(host.strip("[]")))
    except ValueError:
        pass
    if len(host) > 253 or not all(_LABEL.fullmatch(part) for part in host.removesuffix(".").split(".")):
        message = "is no host name or address, which has no port and no user name"
        raise ValueError(message)
    return host


def _port(text: str) -> str:
    if not re.fullmatch(r"[0-9]{1,5}", text) or not 1 <= int(text) <= 65535:
        message = "is a number from 1 to 65535"
        raise ValueError(message)
    return str(int(text))


def _endpoint(text: str) -> str:
    """Take an http or https URL and nothing beside host, port and path."""
    message = "is no address such as https://s3.example.com, without user name, query and fragment"
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError:
        raise ValueError(message) from None
    plain = all("!" <= each <= "~" and each not in '\\"<>^`{|}?#@' for each in text)
    if not plain or len(text) > 512 or parts.scheme not in ("http", "https") or not parts.hostname or port == 0:
        raise ValueError(message)
    if any(part in (".", "..") for part in parts.path.split("/")) or "%" in parts.path:
        raise ValueError(message)
    _host(parts.hostname)
    return f"{parts.scheme}://{parts.netloc.lower()}{parts.path.rstrip('/')}"


def _bare_endpoint(text: str) -> str:
    """Take an endpoint without a path: buckets are chosen among those that are there."""
    found = _endpoint(text)
    if urlsplit(found).path:
        message = "End after host and port; the bucket is chosen later."
        raise ValueError(message)
    return found


def _root(text: str) -> str:
    """Take the folder of an SFTP account: below its home, or from the root."""
    if not text.strip("/"):
        return "/" if text else ""
    return ("/" if text.startswith("/") else "") + place_of(text.strip("/"))


def _folder(text: str) -> str:
    path = PurePath(visible(text))
    if not path.is_absolute() or ".." in path.parts or len(text) > 1024:
        message = "is a whole path of a folder, without .."
        raise ValueError(message)
    return str(path)


_REGION = _pattern(r"[a-z0-9-]{1,40}", "is a region such as eu-central-1")
_ACCESS_KEY, _SECRET_KEY = Setting("access_key", _plain()), Setting("secret_key", _secret, secret=True)

SETTINGS: dict[StorageKind, tuple[Setting, ...]] = {
    StorageKind.AMAZON_S3: (Setting("region", _REGION), _ACCESS_KEY, _SECRET_KEY),
    StorageKind.S3_COMPATIBLE: (
        Setting("preset", _preset, default="other"),
        Setting("endpoint", _bare_endpoint),
        Setting("region", _REGION, default=""),
        _ACCESS_KEY,
        _SECRET_KEY,
    ),
    StorageKind.AZURE_BLOB: (
        Setting("account", _pattern(r"[a-z0-9]{3,24}", "has 3 to 24 small letters and digits")),
        Setting("endpoint", _endpoint, default=""),
        Setting("key", _azure_key, secret=True),
    ),
    StorageKind.SFTP: (
        Setting("host", _host),
        Setting("port", _port, default="22"),
        Setting("username", _plain(spaces=True)),
        Setting("host_key", _host_key),
        Setting("path", _root, default=""),
        Setting("password", _secret, secret=True, default=""),
        Setting("private_key", _private_key, secret=True, default=""),
    ),
    StorageKind.LOCAL: (Setting("path", _folder),),
}


def is_secret(kind: StorageKind, name: str) -> bool:
    """Whether a setting is never told."""
    return any(each.name == name and each.secret for each in SETTINGS[kind])


def checked(
    kind: StorageKind, given: Mapping[str, str], *, within: str = "settings", trying: bool = False
) -> dict[str, str]:
    """Return the settings as they are kept; raises 422, which names the members and tells no values.

    `trying` does without the host's key, which a test is to find out.
    """
    wrong, found = {}, dict[str, str]()
    known = {each.name: each for each in SETTINGS[kind]}
    if set(given) - set(known):
        wrong[within] = f"has a member that is not known here; known are {', '.join(known)}"
    for name, setting in known.items():
        text = given.get(name, "")
        if not text:
            optional = setting.default is not None or (trying and name == "host_key")
            found |= {name: setting.default} if setting.default else {}
            wrong |= {} if optional else {f"{within}.{name}": "is missing"}
            continue
        try:
            found[name] = setting.read(text)
        except ValueError as error:
            wrong[f"{within}.{name}"] = str(error)
    ways = [name for name in ("password", "private_key") if given.get(name)]
    if kind is StorageKind.SFTP and len(ways) != 1:
        wrong[f"{within}.password"] = "either a password or a private key is given"
    if wrong:
        raise _invalid(wrong)
    return found


def _invalid(wrong: dict[str, str]) -> Problem:
    told = "; ".join(f"{name}: {why}" for name, why in wrong.items())
    return Problem(422, "invalid", "Something in this does not fit", told, fields=wrong)


def divided(kind: StorageKind, settings: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Return what may be seen, and what is secret."""
    seen = {name: text for name, text in settings.items() if not is_secret(kind, name)}
    return seen, {name: text for name, text in settings.items() if is_secret(kind, name)}


def place_of(text: str) -> str:
    """Return a place that leads nowhere but downwards; raises ValueError."""
    parts = visible(text).removesuffix("/").split("/")
    if any(part in ("", ".", "..") or part != part.strip() for part in parts) or "\\" in text or len(text) > 1024:
        message = "is a name such as bucket/folder, without .., \\ and a slash before it"
        raise ValueError(message)
    return "/".join(parts)


def checked_place(text: str, field: str) -> str:
    """Return a place; raises 422 that names `field`."""
    try:
        return place_of(text)
    except ValueError as error:
        raise _invalid({field: str(error)}) from None


def address(kind: StorageKind, settings: Mapping[str, str]) -> str:
    """Return which service it is, in words, as far as that may be seen."""
    if kind is StorageKind.AMAZON_S3:
        return f"Amazon S3, {settings.get('region', '')}"
    if kind is StorageKind.AZURE_BLOB:
        return settings.get("endpoint") or f"https://{settings.get('account', '')}.blob.core.windows.net"
    if kind is StorageKind.SFTP:
        return f"{settings.get('host', '')}:{settings.get('port', '22')}"
    return settings.get("endpoint") or settings.get("path", "")


class Spot(NamedTuple):
    """Where a place lies: at which service, and the way there, by which two accounts' places are compared."""

    service: tuple[str, ...]
    way: tuple[str, ...]
    home: str = ""
    """Whose home the way begins at; empty where it begins at the root."""


def lies_in(kind: StorageKind, settings: Mapping[str, str], place: str) -> Spot:
    """Return where a place of an account lies."""
    way = tuple(place.split("/"))
    if kind is StorageKind.LOCAL:
        return Spot(("local",), tuple(map(_as_windows, (*PurePath(settings["path"]).parts, *way))))
    if kind is StorageKind.SFTP:
        root = settings.get("path", "")
        parts = tuple(map(_as_windows, (*(each for each in root.split("/") if each), *way)))
        at = ("sftp", settings["host"].removesuffix("."), settings.get("port", "22"))
        return Spot(at, parts, "" if root.startswith("/") else settings["username"])
    if kind is StorageKind.AZURE_BLOB:
        where = urlsplit(address(kind, settings))
        return Spot(("azure", settings["account"], _authority(where), where.path.strip("/")), way)
    if kind is StorageKind.AMAZON_S3:
        return Spot(("amazon",), way)
    where = urlsplit(settings["endpoint"])
    if _AMAZON.fullmatch(where.hostname or ""):
        return Spot(("amazon",), way)
    return Spot(("s3", _authority(where), where.path.strip("/")), way)


def _as_windows(part: str) -> str:
    """Return what may be the same name of a file there, whatever its case and dots at its end."""
    return part.casefold().rstrip(".")


def leads_to(kind: StorageKind, settings: Mapping[str, str]) -> list[str]:
    """Return where an account leads, to the letter, by whatever secrets: two that differ may be the same.

    The access key is a part of that where it may choose whose buckets are meant.
    """
    if kind is StorageKind.LOCAL:
        return ["local", settings["path"]]
    if kind is StorageKind.SFTP:
        return ["sftp", settings["host"], settings.get("port", "22"), settings["username"], settings.get("path", "")]
    service = list(lies_in(kind, settings, "-")[0])
    if kind is StorageKind.AZURE_BLOB:
        return service
    if service == ["amazon"]:
        return service + _partition(settings)
    return service if settings.get("preset") in _ONE_NAMESPACE else [*service, settings.get("access_key", "")]


def _partition(settings: Mapping[str, str]) -> list[str]:
    """Return the part of Amazon that has names of buckets of its own, nothing for the usual one."""
    region = urlsplit(settings["endpoint"]).hostname if "endpoint" in settings else settings.get("region")
    part = _PARTITION.search(region or "")
    return [part[1]] if part else []


def _authority(where: SplitResult) -> str:
    usual = where.port in (None, 80, 443)  # with and without TLS it is one service
    return f"{(where.hostname or '').removesuffix('.')}{'' if usual else f':{where.port}'}"


def overlap(one: Spot, other: Spot) -> bool:
    """Whether two places may be the same, or one lie within the other."""
    if one.service != other.service:
        return False
    if one.home != other.home:
        return not (one.home and other.home)  # nobody knows where below the root a home lies
    shortest = min(len(one.way), len(other.way))
    return one.way[:shortest] == other.way[:shortest]
