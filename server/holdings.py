"""The certificates that a server holds: of own authorities, a folder below `tls/` each, and files of others."""

import contextlib
import json
import os
import secrets
import shutil
import stat
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import TypeVar

from cryptography import x509
from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    PublicFormat,
    load_der_private_key,
    load_pem_private_key,
)

from server.config import Config, ConfigError
from server.eras import eras
from server.log import log
from server.settings import keep, make_folder
from server.tls import LEAF_LASTS, Names, Pair, key_pem, new_authority, new_leaf, pem

FOLDER = "tls"
ABOUT, AUTHORITY, AUTHORITY_KEY = "about.json", "authority.pem", "authority.key"
CERTIFICATE, KEY = "certificate.pem", "certificate.key"


@dataclass(frozen=True)
class Holding:
    """A certificate and its key; `folder` is null where its files lie elsewhere.

    `described` is when the folder was described last (in ns): a command that chooses it does that anew.
    """

    folder: Path | None
    certificate: Path
    key: Path
    described: int = field(default=0, compare=False)

    @property
    def authority(self) -> Path | None:
        """The certificate of the own authority that signed it, null for certificates of others."""
        own = self.folder / AUTHORITY if self.folder else None
        return own if own and own.is_file() else None

    def names(self) -> Names:
        """Return what the certificate is for, or its authority where it is lost; raises ValueError or OSError."""
        try:
            return Names.in_certificate(first_in(self.certificate))
        except (OSError, ValueError):
            if self.authority is None:
                raise
            return Names.permitted_by(first_in(self.authority))

    def issuer(self) -> Pair | None:
        """Return the own authority that signed it, null for certificates of others; raises `Lost`."""
        files = [self.folder / AUTHORITY, self.folder / AUTHORITY_KEY] if self.folder else []
        beside = {self.certificate.parent, self.key.parent} == {self.folder}  # we write no file that is only named
        if not beside or not any(each.exists() for each in files):
            return None
        return Pair(part_in(files[0], first_in), part_in(files[1], _key_in))

    def renew(self, now: datetime) -> None:
        """Make a new certificate for the same names, and the same key while that is there; only for an own authority.

        Raises `Lost`, ValueError or OSError.
        """
        issuer = self.issuer()
        if issuer is None:
            message = f"{self.certificate} is not of an authority of ours"
            raise ValueError(message)
        names = self.names()
        try:
            key = _key_in(self.key)
        except (FileNotFoundError, *_DAMAGED):  # phones trust the authority's alone
            key = ec.generate_private_key(ec.SECP256R1())
            keep(self.key, key_pem(key))
        keep(self.certificate, pem(new_leaf(issuer, key, names, now), issuer.certificate))


ANEW = "or `countersign-server tls init --new-authority`, whose authority each phone then has to install"
"""What is left where the authority of now is lost; at an old address its phones are enrolled anew."""


class Lost(ConfigError, ValueError):
    """A file of an own authority is not there or cannot be read: a fault of what is held, as of what is asked for."""


_DAMAGED = (ValueError, TypeError, UnsupportedAlgorithm)


Part = TypeVar("Part")


def part_in(file: Path, load: Callable[[Path], Part]) -> Part:
    """Load a file of an own authority; raises `Lost`, with the way out."""
    try:
        return load(file)
    except (OSError, *_DAMAGED) as error:
        failure = error
    missing, closed = isinstance(failure, FileNotFoundError), getattr(failure, "strerror", None)
    why = "missing" if missing else f"not readable ({closed})" if closed else "damaged"
    message = f"{file} is {why}: put it back from a copy of the data folder"
    raise Lost(message) from failure


def first_in(file: Path) -> x509.Certificate:
    """Return the first certificate of a PEM file."""
    return x509.load_pem_x509_certificates(file.read_bytes())[0]


def _key_in(file: Path) -> ec.EllipticCurvePrivateKey:
    key = load_pem_private_key(file.read_bytes(), None)
    if not isinstance(key, ec.EllipticCurvePrivateKey):
        message = f"{file} holds no key of ours"
        raise TypeError(message)
    return key


def held(config: Config) -> list[Holding]:
    """Return what is presented now, if anything, then what the data folder holds, and what phones were set up under."""
    found = [each for each in map(_read, _folders(config.data)) if each]
    for era in (each for known in eras(config.data).values() for each in known):
        if era.certificate and era.key and (there := Holding(None, era.certificate, era.key)) not in map(_alone, found):
            found.append(there)
    if config.tls_certificate is None or config.tls_key is None:
        return found
    named = config.tls_certificate.resolve()  # by whatever way the settings lead to a folder of ours
    ours = [each for each in found if each.folder and each.certificate.resolve() == named]
    current = ours[0] if ours else Holding(None, config.tls_certificate, config.tls_key)
    return [current, *(each for each in found if each != current)]


def _alone(there: Holding) -> Holding:
    return replace(there, folder=None)


def _folders(data: Path) -> list[Path]:
    try:
        return sorted(each for each in (data / FOLDER).iterdir() if (each / ABOUT).is_file())
    except FileNotFoundError:
        return []


def _read(folder: Path) -> Holding | None:
    """Read one; null where it is not whole: it may be the rest of one that was cut short."""
    try:
        about, described = (folder / ABOUT).read_text(encoding="utf-8"), (folder / ABOUT).stat().st_mtime_ns
        named = json.loads(about)
        found = Holding(folder, folder / named["certificate"], folder / named["key"], described)
        found.names()
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None
    return found


def own_of(data: Path, names: Names, now: datetime, trusted: Sequence[Path] = ()) -> Holding | None:
    """Return the holding that is there of an own authority for these names.

    Rather the first of those `trusted`, certificates that phones meet there, and rather one for no other names.
    """
    found = [each for each in map(_read, _folders(data)) if each and _vouches(each, names, now, trusted)]

    def order(each: Holding) -> tuple[int, int]:
        place = trusted.index(each.certificate) if each.certificate in trusted else len(trusted)
        return place, len(each.names().public)

    return min(found, key=order, default=None)


def own_for(data: Path, names: Names, now: datetime, there: Holding | None = None) -> Holding:
    """Return a holding of an own authority for these names: the one that is `there`, renewed, or a new one.

    Raises `Lost`.
    """
    if there is not None and there.folder is not None:
        try:
            there.renew(now)
        except Lost as error:
            raise Lost(f"{error}; {ANEW}") from error
        _describe(there.folder)
        return there
    folder = data / FOLDER / secrets.token_hex(4)
    make_folder(folder)
    authority, key = new_authority(names, now), ec.generate_private_key(ec.SECP256R1())
    keep(folder / AUTHORITY_KEY, key_pem(authority.key))
    keep(folder / AUTHORITY, pem(authority.certificate))
    keep(folder / KEY, key_pem(key))
    keep(folder / CERTIFICATE, pem(new_leaf(authority, key, names, now), authority.certificate))
    _describe(folder)
    return Holding(folder, folder / CERTIFICATE, folder / KEY)


def _describe(folder: Path) -> None:
    keep(folder / ABOUT, json.dumps({"certificate": CERTIFICATE, "key": KEY}))


def _vouches(there: Holding, names: Names, now: datetime, trusted: Sequence[Path]) -> bool:
    """Whether the authority is for these names, and lasts for a whole certificate; where phones have it, still.

    One of which a file is lost does where phones have it, so that it is this that is said, and not that there is none.
    """
    if not set(there.names().public) >= set(names.public):
        return False
    try:
        issuer = there.issuer()
    except Lost:
        return there.certificate in trusted
    lasts = timedelta() if there.certificate in trusted else LEAF_LASTS
    return issuer is not None and issuer.certificate.not_valid_after_utc > now + lasts


def guard(data: Path) -> None:
    """Close our own keys again where they were opened to others, and write so; what was made for a group stays so."""
    if os.name != "posix":
        return
    for folder in _folders(data):
        for file in (folder / AUTHORITY_KEY, folder / KEY):
            try:
                found = file.lstat().st_mode
            except OSError:
                continue
            if not stat.S_ISREG(found) or not found & 0o077 or stat.S_IMODE(found) == 0o640:
                continue
            try:
                file.chmod(0o600)
            except OSError as error:  # it is another's
                said = "%s is open to others and cannot be closed (%s): make the server's user its owner, then restart"
                log.warning(said, file, error.strerror)
            else:
                log.warning("%s was open to others; it is its owner's alone again", file)


def forget(beside: Iterable[Holding], needed: Callable[[Names], bool]) -> list[Holding]:
    """Delete the folders of what is not needed: a key that phones trust is no keepsake.

    `beside` is what a server found at its start, without what it presents; what a command chose since then stays.
    Raises OSError.
    """
    gone = []
    for each in beside:
        if each.folder is None or _read(each.folder) is None or needed(each.names()):
            continue
        if (each.folder / ABOUT).stat().st_mtime_ns != each.described:
            continue
        if each.folder.is_symlink():
            each.folder.unlink()  # what it leads to is not ours
        else:
            shutil.rmtree(each.folder)
        gone.append(each)
    return gone


def require_pair(certificate: Path, key: Path, host: str, now: datetime) -> None:
    """Raise `ConfigError` unless these files can be presented at `host` now."""
    import ssl  # noqa: PLC0415 - most commands need none

    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    try:
        context.load_cert_chain(certificate, key, lambda: "")
        found = first_in(certificate)
    except (OSError, ValueError) as error:
        unknown = (
            f"{certificate} and {key} cannot be used by TLS here: get a certificate with a key of a kind in use now"
        )
        raise ConfigError(why_no_pair(certificate, key) or unknown) from error
    names = Names.in_certificate(found)
    if wrong := why_other_name(certificate, names, host):
        raise ConfigError(wrong)
    if found.not_valid_before_utc > now:
        message = f"{certificate} is valid from {found.not_valid_before_utc:%d %B %Y, %H:%M} UTC on: wait until then"
        raise ConfigError(message)
    if found.not_valid_after_utc <= now:
        message = f"{certificate} ended on {found.not_valid_after_utc:%d %B %Y}: get a new one"
        raise ConfigError(message)


def systems_trust(certificate: Path, key: Path, host: str) -> bool:
    """Whether who trusts what this computer's system does takes files for `host`: a handshake in memory tells."""
    import ssl  # noqa: PLC0415 - most commands need none

    import truststore  # noqa: PLC0415

    ours, theirs = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER), truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    ours.load_cert_chain(certificate, key, lambda: "")
    to_us, to_them = ssl.MemoryBIO(), ssl.MemoryBIO()
    there = theirs.wrap_bio(to_them, to_us, server_hostname=host)
    here = ours.wrap_bio(to_us, to_them, server_side=True)
    try:
        for side in (there, here):
            with contextlib.suppress(ssl.SSLWantReadError):
                side.do_handshake()
        there.do_handshake()
    except ssl.SSLError:
        return False
    return True


def why_other_name(certificate: Path, names: Names, host: str) -> str:
    """Say for whom a certificate is that is not for `host`; nothing where it is."""
    if names.cover(host):
        return ""
    return f"{certificate} is for {', '.join(names.texts) or 'nobody'}, not for {host}: get one that is"


_CERTIFICATE, _KEY = b"-----BEGIN CERTIFICATE-----", b"PRIVATE KEY-----"
_OPENSSH = b"-----BEGIN OPENSSH PRIVATE KEY-----"


def why_no_pair(certificate: Path, key: Path) -> str:
    """Say what is wrong with two files, nothing where they go together: the library has codes for it, if anything."""
    try:
        for_all, for_us = certificate.read_bytes(), key.read_bytes()
    except FileNotFoundError as error:
        return f"{error.filename} is missing; put it back, or choose another one"
    except OSError as error:
        return f"{error.filename} cannot be read ({error.strerror}); let the server read it, or choose another one"
    if _CERTIFICATE not in for_all and _KEY in for_all and _CERTIFICATE in for_us:
        return f"the two files are swapped: {certificate} holds the key, {key} the certificate"
    if _CERTIFICATE not in for_all:
        words = f"{certificate} holds no certificate as PEM, a text that begins with {_CERTIFICATE.decode()}"
        return f"{words}{_if_binary(for_all, x509.load_der_x509_certificate, 'x509')}"
    if _KEY not in for_us:
        words = f"{key} holds no private key as PEM, a text whose first line ends with {_KEY.decode()}"
        return f"{words}{_if_binary(for_us, lambda found: load_der_private_key(found, None), 'pkey')}"
    if _OPENSSH in for_us:
        return (
            f"{key} is in OpenSSH's own format, and PKCS #8 is needed, a text that begins with -----BEGIN PRIVATE "
            "KEY-----: convert a copy of it with ssh-keygen -p -m PKCS8 -f COPY, without a password"
        )
    return _why_apart(certificate, key, for_all, for_us)


def _if_binary(found: bytes, load: Callable[[bytes], object], command: str) -> str:
    """Say how a file is converted that is the same in binary."""
    try:
        load(found)
    except (ValueError, TypeError, UnsupportedAlgorithm):
        return ""
    return f": it is DER, so convert it with openssl {command} -inform der -in FILE -out NEW.pem"


def _why_apart(certificate: Path, key: Path, for_all: bytes, for_us: bytes) -> str:
    """Say why a certificate and a key, both as PEM, do not go together."""
    try:
        public = load_pem_private_key(for_us, None).public_key()
    except TypeError:
        return f"the key in {key} is encrypted: the server needs it without a password"
    except (ValueError, UnsupportedAlgorithm):
        return f"{key} is damaged: get it anew, as PEM"
    try:
        chain = x509.load_pem_x509_certificates(for_all)
        first = chain[0].public_key()
    except (ValueError, UnsupportedAlgorithm):
        return f"{certificate} is damaged: get it anew, as PEM"
    if len(chain) < for_all.count(_CERTIFICATE):
        return f"{certificate} is damaged: one of its certificates is cut off, so get it anew, the whole of it"
    if public == first:
        return ""
    written = public.public_bytes(Encoding.DER, PublicFormat.SubjectPublicKeyInfo)
    if any(written in each.public_bytes(Encoding.DER) for each in chain[1:]):
        return f"put the server's own certificate first in {certificate}, then that of who signed it, and so on"
    return f"the key in {key} is of another certificate than the first one in {certificate}"
