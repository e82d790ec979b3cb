"""Storage services as people choose among them: what each needs to know, and what to do when one is not reached."""

import base64
import binascii
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from desktop.core.words import known, t
from server.contract.health import Health
from server.contract.storage import StorageAccount, StorageKind, TestResult, Tried

AT = {
    TestResult.WRONG_KEY: ("secret_key", "key", "password", "private_key"),
    TestResult.UNKNOWN_HOST: ("endpoint", "host", "region", "account"),
    TestResult.REFUSED: ("endpoint", "host"),
    TestResult.UNREACHABLE: ("endpoint", "host"),
    TestResult.CERTIFICATE: ("endpoint",),
    TestResult.WRONG_SCHEME: ("endpoint",),
    TestResult.NO_SERVICE: ("endpoint",),
    TestResult.NOT_ALLOWED: ("endpoint", "host", "path"),
    TestResult.NO_SUCH_PLACE: ("path",),
}
"""At which setting the mistake most likely is."""
NOUNS = {
    StorageKind.AMAZON_S3: "bucket",
    StorageKind.S3_COMPATIBLE: "bucket",
    StorageKind.AZURE_BLOB: "container",
    StorageKind.SFTP: "folder",
    StorageKind.LOCAL: "folder",
}
"""What a place is called there."""


class Service(StrEnum):
    """What is chosen from: a kind, or a preset of the one kind that has some."""

    AMAZON_S3 = "amazon_s3"
    WASABI = "wasabi"
    BACKBLAZE_B2 = "backblaze_b2"
    MINIO = "minio"
    CEPH = "ceph"
    OTHER = "other"
    AZURE_BLOB = "azure_blob"
    SFTP = "sftp"
    LOCAL = "local"


@dataclass(frozen=True)
class Setting:
    """One thing that a service needs to know; the server's name for it."""

    name: str
    secret: bool = False
    optional: bool = False
    given: str = ""


_KEYS = (Setting("access_key"), Setting("secret_key", secret=True))
_REGION_FIRST = (Setting("region"), Setting("endpoint"), *_KEYS)
_ENDPOINT_FIRST = (Setting("endpoint"), Setting("region", optional=True), *_KEYS)
SETTINGS: Mapping[Service, Sequence[Setting]] = {
    Service.AMAZON_S3: (Setting("region"), *_KEYS),
    Service.WASABI: _REGION_FIRST,
    Service.BACKBLAZE_B2: _REGION_FIRST,
    Service.MINIO: _ENDPOINT_FIRST,
    Service.CEPH: _ENDPOINT_FIRST,
    Service.OTHER: _ENDPOINT_FIRST,
    Service.AZURE_BLOB: (Setting("account"), Setting("key", secret=True), Setting("endpoint", optional=True)),
    Service.SFTP: (
        Setting("host"),
        Setting("port", given="22"),
        Setting("username"),
        Setting("password", secret=True),
        Setting("private_key", secret=True),
        Setting("path", optional=True),
    ),
    Service.LOCAL: (Setting("path"),),
}
REACHED = frozenset({TestResult.OK, TestResult.NO_LIST_PERMISSION, TestResult.OLD_VERSIONS})
"""With these one can go on: the keys are right, and a place can be typed."""
ALLOWED = "storage_folders"
"""The setting of the server that it names where a folder is right in itself, but may not be used."""
SECRETS = frozenset({"secret_key", "key", "password", "private_key"})
ADDRESSES = {
    Service.WASABI: "https://s3.{region}.wasabisys.com",
    Service.BACKBLAZE_B2: "https://s3.{region}.backblazeb2.com",
}
"""Where a service answers, by its region."""


def kind_of(service: Service) -> StorageKind:
    """Return what speaks with a service."""
    return StorageKind(service.value) if service.value in set(StorageKind) else StorageKind.S3_COMPATIBLE


def service_of(account: StorageAccount) -> Service:
    """Return which service an account is at; one with a preset that we do not know is some other one."""
    if account.kind is not StorageKind.S3_COMPATIBLE:
        return Service(account.kind.value)
    preset = account.settings.get("preset", "")
    return Service(preset) if preset in set(Service) else Service.OTHER


def service_name(service: Service) -> str:
    """Return what people call it."""
    return t(f"console.storage.service.{service}")


def label_of(setting: str) -> str:
    """Return what a setting is called."""
    return known(f"console.storage.setting.{setting}", setting.replace("_", " ").capitalize())


def noun_of(kind: StorageKind) -> str:
    """Return what a place is called there, in a sentence."""
    return t(f"console.storage.noun.{NOUNS[kind]}")


def problem_of(result: TestResult) -> str:
    """Return how a test ended in a few words, for a chip or in front of an advice."""
    return t(f"console.storage.result.{result}")


def tone_of(result: TestResult) -> str:
    """Return in which tone a test's result is told."""
    return "good" if result is TestResult.OK else "waiting" if result in REACHED else "bad"


def advice_for(result: TestResult, kind: StorageKind) -> str:
    """Return what is wrong, and what to do next; nothing where all is well."""
    general = t(f"console.storage.advice.{result}")
    return known(f"console.storage.advice.{result}.{kind}", general)


def advice_after(tried: Tried, kind: StorageKind) -> str:
    """Return what to do after a test; where that is about one place, it is named."""
    if tried.place is None:
        return advice_for(tried.result, kind)
    if tried.result is TestResult.NO_SUCH_PLACE:
        place = tried.place if kind.has_folders else tried.place.partition("/")[0]
        return t("console.storage.no_place", noun=noun_of(kind), place=place)
    if tried.result is TestResult.OLD_VERSIONS:
        return t("console.storage.place_keeps", place=tried.place)
    return t("console.storage.place_fails", place=tried.place, why=advice_for(tried.result, kind))


def place_of(result: TestResult, settings: Mapping[str, str]) -> str:
    """Return at which of these settings a mistake of this kind is; nobody has made one where nothing was typed."""
    return next((each for each in AT.get(result, ()) if settings.get(each)), "")


def fault_of(setting: str, kind: StorageKind, words: str) -> str:
    """Return in a sentence of ours, which says what to type, what the server refuses in a few words of its own."""
    if ALLOWED in words:
        return advice_for(TestResult.NOT_ALLOWED, kind)
    if words[:1].isupper():  # a sentence already
        return words
    return known(f"console.storage.fault.{setting}.{kind}", known(f"console.storage.fault.{setting}", words))


def locked(private_key: str) -> bool:
    """Tell whether a private key needs a passphrase, which nobody could type at night."""
    if "ENCRYPTED" in private_key:
        return True
    lines = [line for line in private_key.strip().splitlines() if line and not line.startswith("-----")]
    try:
        return b"bcrypt" in base64.b64decode("".join(lines))
    except (binascii.Error, ValueError):
        return False


def is_private_key(text: str) -> bool:
    """Tell whether it looks like a private key in text."""
    return text.lstrip().startswith("-----BEGIN ") and "PRIVATE KEY-----" in text


def engine_missing(health: Health) -> bool:
    """Tell whether the server says that it has nothing that speaks with storage services."""
    return (health.details or {}).get("storage_engine") is False
