"""Storage accounts: credentials and a place at a storage service, their destinations, and what lies there."""

import base64
import binascii
import hashlib
import unicodedata
from enum import StrEnum
from typing import Annotated

from pydantic import Field

from server.contract.message import Answer, Call, Id, Name, Time

Setting = Annotated[str, Field(max_length=8192)]
"""A setting of an account; which there are depends on its kind, and some of them are secrets."""

Settings = Annotated[dict[str, Setting], Field(max_length=32, repr=False)]
"""All settings of an account, by name."""

Place = Annotated[str, Field(min_length=1, max_length=1024)]
"""A bucket, a container or a folder, and perhaps a path in it: `bucket/customers`."""


class StorageKind(StrEnum):
    """What speaks with the service."""

    AMAZON_S3 = "amazon_s3"
    S3_COMPATIBLE = "s3_compatible"
    AZURE_BLOB = "azure_blob"
    SFTP = "sftp"
    LOCAL = "local"

    @property
    def has_folders(self) -> bool:
        """Whether a folder is there though nothing lies in it; elsewhere names alone tell of folders."""
        return self in (StorageKind.LOCAL, StorageKind.SFTP)


_ENGINES_OWN = frozenset(map(chr, range(0x2400, 0x2440))) | {"\u201b"}
"""The letters that the engine takes for control characters, and the mark that it puts before such letters."""


def names_one(part: str) -> bool:
    """Whether a part of a path names one thing, for us, for each service, and for the engine."""
    seen = unicodedata.normalize("NFKC", part)
    return (
        seen not in ("", ".", "..")
        and part.strip() == part
        and part.isprintable()  # so no control characters, and no half of a character
        and not set(seen) & {"/", "\\"}
        and not set(part) & _ENGINES_OWN
    )


class TestResult(StrEnum):
    """What came of an attempt to reach a service; never its own words."""

    __test__ = False  # pytest would take it for tests

    OK = "ok"
    WRONG_KEY = "wrong_key"
    NO_LIST_PERMISSION = "no_list_permission"
    NO_DELETE_PERMISSION = "no_delete_permission"
    OLD_VERSIONS = "old_versions"
    NO_SUCH_PLACE = "no_such_place"
    NOTHING_FOUND = "nothing_found"
    UNKNOWN_HOST = "unknown_host"
    REFUSED = "refused"
    UNREACHABLE = "unreachable"
    CERTIFICATE = "certificate"
    CLOCK_SKEW = "clock_skew"
    WRONG_SCHEME = "wrong_scheme"
    NO_SERVICE = "no_service"
    HOST_KEY = "host_key"
    NOT_ALLOWED = "not_allowed"
    INVALID = "invalid"
    FAILED = "failed"
    NO_ENGINE = "no_engine"


class TryStorage(Call):
    """What is tried before it is kept."""

    kind: StorageKind
    settings: Settings


class TryDraft(TryStorage):
    """What is tried, and the place that is meant to be used, where somebody has typed one."""

    place: str | None = Field(None, max_length=1024)


class NewStorageAccount(TryStorage):
    """`settings` holds the secrets too; they are sealed and never told again."""

    name: Name


class EditStorageAccount(Call):
    """A new name; settings change by a protected action alone."""

    name: Name


class NewDestination(Call):
    """A place and which companies may use it."""

    name: Name
    place: Place
    companies: list[Id] = Field(default_factory=list)


class EditDestination(Call):
    """Only the members that are sent are changed; the place stays."""

    name: Name | None = None
    companies: list[Id] | None = None


class NewPlace(Call):
    """The name of a bucket, a container or a folder to be made."""

    name: Annotated[str, Field(min_length=1, max_length=255)]


class Tried(Answer):
    """How a test ended; `places` are buckets, containers or folders, `host_key` is what an SFTP server showed.

    `place` is the one that `result` is about, null where it is about the account.
    """

    result: TestResult
    places: list[str] = Field(default_factory=list)
    host_key: str | None = None
    place: str | None = None


class Entry(Answer):
    """Something in a place; `size` in bytes, null for folders."""

    name: str
    folder: bool
    size: int | None


class Entries(Answer):
    """One level of a place; `more` says that there is more than what is listed."""

    items: list[Entry]
    more: bool = False


class Destination(Answer):
    """`bytes` and `objects` are null until measured; `failure` is why the last measurement failed."""

    id: str
    name: str
    place: str
    companies: list[str]
    bytes: int | None
    objects: int | None
    measured_at: Time | None
    failure: TestResult | None


class Measuring(Answer):
    """A measurement that is going on, and what it has found so far."""

    bytes: int
    objects: int
    started_at: Time


class StorageAccount(Answer):
    """`bytes` and `objects` are sums over its destinations, null until one is measured."""

    id: str
    name: str
    kind: StorageKind
    settings: dict[str, str]
    destinations: list[Destination]
    bytes: int | None
    objects: int | None
    measured_at: Time | None
    measuring: Measuring | None
    created_at: Time


class Usage(Answer):
    """What lay in an account at a time, summed over its destinations."""

    at: Time
    bytes: int
    objects: int


class Usages(Answer):
    """Oldest first."""

    items: list[Usage]


def fingerprint(host_key: str) -> str:
    """Return what is compared of an SSH server's public key, as `ssh-keygen -l` tells it; nothing for no key."""
    kind, _, rest = host_key.strip().partition(" ")
    try:
        blob = base64.b64decode(rest.split(" ")[0], validate=True)
    except (binascii.Error, ValueError):
        return ""
    if not blob:
        return ""
    digest = base64.b64encode(hashlib.sha256(blob).digest()).decode().rstrip("=")
    return f"{kind.removeprefix('ssh-').removeprefix('ecdsa-sha2-')} SHA256:{digest}"
