"""The server's key file: it signs, seals secrets at rest, and peppers what is hashed; never in the database."""

import contextlib
import hmac
import json
import os
import secrets
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server import protocol

_NONCE = 12


class KeyFileError(Exception):
    """The key file is missing or is not one; nothing was written."""


class ServerKeys:
    """SSK, the VAPID key, and keys derived from one 32-byte secret: for sealing, for passwords, for tokens."""

    def __init__(
        self, ssk: protocol.PrivateKey, vapid: protocol.PrivateKey, secret: bytes, sealing: Sequence[bytes] = ()
    ) -> None:
        """Derive the symmetric keys once; `sealing` are the secrets of the sealing keys, the newest last."""
        self._ssk, self.vapid = ssk, vapid
        self.ssk_point = protocol.point(ssk)
        self.vapid_point = protocol.point(vapid)
        self._sealing = [
            AESGCM(protocol.hkdf(each, b"", "countersign key file: sealing", 32)) for each in sealing or [secret]
        ]
        self._pepper = protocol.hkdf(secret, b"", "countersign key file: passwords", 32)
        self._mac = protocol.hkdf(secret, b"", "countersign key file: tokens", 32)

    @property
    def ssk(self) -> protocol.PublicKey:
        """The public half of the server signing key."""
        return self._ssk.public_key()

    @property
    def fingerprint(self) -> str:
        """`SHA(SSK_pub)`, b64u."""
        return protocol.b64u(protocol.sha(self.ssk_point))

    def sign(self, message: bytes) -> bytes:
        """Sign with SSK; whatever it signs begins with a label."""
        return protocol.sign(self._ssk, message)

    def seal(self, plain: bytes, row: str) -> bytes:
        """Encrypt a secret for its `row` (`table/id/column`) in the database: nonce, then AES-256-GCM."""
        nonce = secrets.token_bytes(_NONCE)
        return nonce + self._sealing[-1].encrypt(nonce, plain, row.encode())

    def unseal(self, sealed: bytes, row: str) -> bytes:
        """Decrypt what `seal` made for this row; raises `Malformed` for another row's or a changed one."""
        for key in reversed(self._sealing):
            with contextlib.suppress(InvalidTag, ValueError):
                return key.decrypt(sealed[:_NONCE], sealed[_NONCE:], row.encode())
        message = "a secret in the database does not open with the key file"
        raise protocol.Malformed(message)

    def resealed(self, sealed: bytes, row: str) -> bytes | None:
        """Seal with the newest key what an older one sealed; null where it is so already. Raises as `unseal`."""
        with contextlib.suppress(InvalidTag, ValueError):
            self._sealing[-1].decrypt(sealed[:_NONCE], sealed[_NONCE:], row.encode())
            return None
        return self.seal(self.unseal(sealed, row), row)

    def pepper(self, password: str) -> bytes:
        """Return what is hashed instead of the password."""
        return hmac.digest(self._pepper, password.encode(), "sha256")

    def mac(self, *parts: str) -> bytes:
        """HMAC of a token bound to what it is for, such as `grant`, the account, the token."""
        return hmac.digest(self._mac, b"".join(protocol.label(part) for part in parts), "sha256")


def load(file: Path) -> ServerKeys:
    """Read the key file; raises `KeyFileError`."""
    try:
        found = _read(file)
        ssk, vapid, secret = (protocol.unb64u(found[name], 32) for name in ("ssk", "vapid", "secret"))
        sealing = [secret if each is None else protocol.unb64u(each, 32) for each in found.get("sealing", [None])]
        return ServerKeys(protocol.private_key(ssk), protocol.private_key(vapid), secret, sealing)
    except (KeyError, TypeError, ValueError) as error:
        message = f"{file} is not a Countersign key file"
        raise KeyFileError(message) from error


def create(file: Path) -> ServerKeys:
    """Make the key file, readable by its owner alone, durable before it is used."""
    found = {
        "v": 1,
        "ssk": protocol.b64u(protocol.private_bytes(protocol.new_key())),
        "vapid": protocol.b64u(protocol.private_bytes(protocol.new_key())),
        "secret": protocol.b64u(secrets.token_bytes(32)),
    }
    _write(file, found)
    return load(file)


def add_sealing_key(file: Path) -> ServerKeys:
    """Seal with a new key from now on; what the older ones sealed still opens."""
    load(file)
    found = _read(file)
    sealing = [*found.get("sealing", [None]), protocol.b64u(secrets.token_bytes(32))]  # null: that of `secret`
    _write(file, {**found, "sealing": sealing})
    return load(file)


def forget_old_sealing_keys(file: Path) -> None:
    """Keep the newest sealing key alone."""
    found = _read(file)
    _write(file, {**found, "sealing": found.get("sealing", [None])[-1:]})


def _read(file: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(file.read_text(encoding="utf-8"))
    except FileNotFoundError as error:
        message = f"{file} is missing: put the key file back from its backup, the database is useless without it"
        raise KeyFileError(message) from error
    except OSError as error:
        message = f"{file} is not a Countersign key file"
        raise KeyFileError(message) from error
    return found


def _write(file: Path, found: dict[str, Any]) -> None:
    part = file.with_suffix(".new")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(found, stream)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
    if os.name == "posix":
        folder = os.open(file.parent, os.O_RDONLY)
        try:
            os.fsync(folder)  # so that the name too is there before anything is sealed with it
        finally:
            os.close(folder)
