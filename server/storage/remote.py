"""Remotes: the settings of an account, checked, and as the engine wants them. Nothing is read from the environment."""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, urlsplit

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
from cryptography.hazmat.primitives.serialization import load_pem_private_key, load_ssh_private_key

from server.contract.storage import StorageKind, TestResult
from server.storage import host_key
from server.storage.answers import StorageError
from server.storage.dialling import is_host

S3 = (StorageKind.AMAZON_S3, StorageKind.S3_COMPATIBLE)
KNOWN: Mapping[StorageKind, frozenset[str]] = {
    StorageKind.AMAZON_S3: frozenset({"region", "access_key", "secret_key"}),
    StorageKind.S3_COMPATIBLE: frozenset({"preset", "endpoint", "region", "access_key", "secret_key"}),
    StorageKind.AZURE_BLOB: frozenset({"account", "key", "endpoint"}),
    StorageKind.SFTP: frozenset({"host", "port", "username", "password", "private_key", "host_key", "path"}),
    StorageKind.LOCAL: frozenset({"path"}),
}
NEEDED: Mapping[StorageKind, frozenset[str]] = {
    StorageKind.AMAZON_S3: KNOWN[StorageKind.AMAZON_S3],
    StorageKind.S3_COMPATIBLE: frozenset({"preset", "endpoint", "access_key", "secret_key"}),
    StorageKind.AZURE_BLOB: frozenset({"account", "key"}),
    StorageKind.SFTP: frozenset({"host", "username"}),
    StorageKind.LOCAL: frozenset({"path"}),
}
LONGEST_RSA = 4096  # bits
PRESETS = {"wasabi": "Wasabi", "backblaze_b2": "Other", "minio": "Minio", "ceph": "Ceph", "other": "Other"}

EXACT = "Raw"  # names go to the service as they came: by any other encoding the engine takes some for others

_REGION = re.compile(r"[a-z0-9]+(-[a-z0-9]+){0,5}")
_AZURE_ACCOUNT = re.compile(r"[a-z0-9]{3,24}")
_AZURE_PATH = re.compile(r"(/[a-z0-9]+)?/?")


@dataclass(frozen=True)
class Remote:
    """An account at a service, its secrets included."""

    kind: StorageKind
    settings: Mapping[str, str] = field(repr=False)

    def get(self, name: str) -> str:
        """Return a setting, empty where it is not set."""
        return self.settings.get(name, "")


def checked(remote: Remote) -> Remote:
    """Return it without what is empty; raises `StorageError` where a setting is missing, unknown or malformed."""
    kept = Remote(remote.kind, {name: value for name, value in remote.settings.items() if value})
    names = frozenset(kept.settings)
    whole = NEEDED[kept.kind] <= names <= KNOWN[kept.kind]
    # a key has lines; nothing else has, and nothing has what is not seen
    seen = all(each.isprintable() for name, value in kept.settings.items() if name != "private_key" for each in value)
    if not whole or not seen or not _CHECKS[kept.kind](kept):
        raise StorageError(TestResult.INVALID)
    return kept


def hosts(remote: Remote) -> frozenset[str]:
    """Return the hosts that the account lies at, or below."""
    if remote.kind is StorageKind.AMAZON_S3:
        return frozenset({"amazonaws.com", "amazonaws.com.cn"})
    if remote.kind is StorageKind.AZURE_BLOB and not remote.get("endpoint"):
        return frozenset({f"{remote.get('account')}.blob.core.windows.net"})
    host = remote.get("host") or (_url(remote.get("endpoint")).hostname if remote.get("endpoint") else "") or ""
    return frozenset({host.lower()})


def port_of(remote: Remote) -> int:
    """Return the port that the account lies at."""
    if remote.kind is StorageKind.SFTP:
        return int(remote.get("port") or 22)
    endpoint = _url(remote.get("endpoint") or "https://amazonaws.com")
    return endpoint.port or (443 if endpoint.scheme == "https" else 80)


def goals(remote: Remote) -> frozenset[tuple[str, int]]:
    """Return where the engine may connect for the account; nowhere for a local folder."""
    return frozenset((host, port_of(remote)) for host in hosts(remote) if host)


def root(remote: Remote) -> str:
    """Return the folder of an SFTP server that the account begins at, empty for that of the login."""
    path = remote.get("path") if remote.kind is StorageKind.SFTP else ""
    return path if path.endswith("/") or not path else f"{path}/"


def options(remote: Remote, proxy: str) -> dict[str, str]:
    """Return the engine's options for all but local folders; a password still has to be obscured."""
    return _OPTIONS[remote.kind](remote, proxy)


def _s3(remote: Remote, _proxy: str) -> dict[str, str]:
    amazon = remote.kind is StorageKind.AMAZON_S3
    found = {
        "type": "s3",
        "provider": "AWS" if amazon else PRESETS[remote.get("preset")],
        "access_key_id": remote.get("access_key"),
        "secret_access_key": remote.get("secret_key"),
        "env_auth": "false",
        "encoding": EXACT,
        "force_path_style": "false" if amazon else "true",
        "no_head_object": "true",  # an object `alice` must not be taken for what lies below `alice/`
    }
    found |= {"region": remote.get("region")} if remote.get("region") else {}
    return found | ({} if amazon else {"endpoint": _endpoint(remote)})


def _azure(remote: Remote, _proxy: str) -> dict[str, str]:
    found = {"type": "azureblob", "account": remote.get("account"), "key": remote.get("key")}
    found |= {"env_auth": "false", "use_msi": "false", "encoding": EXACT}
    return found | ({"endpoint": _endpoint(remote)} if remote.get("endpoint") else {})


def _sftp(remote: Remote, proxy: str) -> dict[str, str]:
    pinned = host_key.parsed(remote.get("host_key"))
    found = {
        "type": "sftp",
        "host": remote.get("host"),
        "port": str(port_of(remote)),
        "user": remote.get("username"),
        "host_keys": pinned.line,
        "host_key_algorithms": " ".join(pinned.algorithms),
        "http_proxy": proxy,  # the general one is for HTTP alone
        "encoding": EXACT,
        "key_use_agent": "false",
        "ask_password": "false",
        "shell_type": "none",  # nothing is run over there
        "disable_hashcheck": "true",
        "set_modtime": "false",
        "skip_links": "true",
    }
    if remote.get("private_key"):
        return found | {"key_pem": remote.get("private_key").replace("\r\n", "\n").strip().replace("\n", "\\n") + "\\n"}
    return found | {"pass": remote.get("password")}


_OPTIONS = {
    StorageKind.AMAZON_S3: _s3,
    StorageKind.S3_COMPATIBLE: _s3,
    StorageKind.AZURE_BLOB: _azure,
    StorageKind.SFTP: _sftp,
}


def _url(text: str) -> SplitResult:
    """Split an endpoint; raises `StorageError` where it is more than scheme, host, port and path."""
    try:
        parts = urlsplit(text)
        port = parts.port
    except ValueError as error:
        raise StorageError(TestResult.INVALID) from error
    plain = text.isascii() and not set(text) & set(" \\@?#%") and port != 0
    if not plain or parts.scheme not in ("http", "https") or not is_host(parts.hostname or ""):
        raise StorageError(TestResult.INVALID)
    return parts


def _endpoint(remote: Remote) -> str:
    """Write the endpoint anew from what we have read in it, so that nobody reads something else in it."""
    parts = _url(remote.get("endpoint"))
    host = f"[{parts.hostname}]" if ":" in (parts.hostname or "") else parts.hostname
    return f"{parts.scheme}://{host}{'' if parts.port is None else f':{parts.port}'}{parts.path.rstrip('/')}"


def _is_amazon(remote: Remote) -> bool:
    return _REGION.fullmatch(remote.get("region")) is not None


def _is_compatible(remote: Remote) -> bool:
    region = remote.get("region")
    endpoint = _url(remote.get("endpoint"))
    named = remote.get("preset") in PRESETS and (not region or _REGION.fullmatch(region) is not None)
    return named and endpoint.path in ("", "/")


def _is_azure(remote: Remote) -> bool:
    try:
        base64.b64decode(remote.get("key"), validate=True)
    except ValueError:
        return False
    path = _url(remote.get("endpoint")).path if remote.get("endpoint") else ""
    return _AZURE_PATH.fullmatch(path) is not None and _AZURE_ACCOUNT.fullmatch(remote.get("account")) is not None


def _is_sftp(remote: Remote) -> bool:
    port, pinned = remote.get("port") or "22", remote.get("host_key")
    one_secret = bool(remote.get("password")) != bool(remote.get("private_key"))
    numbered = re.fullmatch(r"[0-9]{1,5}", port) is not None and 0 < int(port) < 65536
    if pinned:
        host_key.parsed(pinned)
    if remote.get("private_key") and not _is_private_key(remote.get("private_key").strip().encode() + b"\n"):
        return False
    return one_secret and numbered and is_host(remote.get("host")) and ".." not in remote.get("path").split("/")


def _is_private_key(text: bytes) -> bool:
    """Whether it is a private key without a passphrase.

    The primes of an RSA key are not proved, which takes half a minute for the longest that fits: the service would
    refuse one that is none.
    """
    for load in (load_ssh_private_key, load_pem_private_key):
        try:
            key = load(text, None, unsafe_skip_rsa_key_validation=True)
        except (ValueError, TypeError, UnsupportedAlgorithm):
            continue
        return not isinstance(key, RSAPrivateKey) or key.key_size <= LONGEST_RSA
    return False


_CHECKS: Mapping[StorageKind, Callable[[Remote], bool]] = {
    StorageKind.AMAZON_S3: _is_amazon,
    StorageKind.S3_COMPATIBLE: _is_compatible,
    StorageKind.AZURE_BLOB: _is_azure,
    StorageKind.SFTP: _is_sftp,
    StorageKind.LOCAL: lambda _remote: True,
}
