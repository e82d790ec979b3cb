"""The server's key file: it signs, seals secrets at rest, and peppers what is hashed; never in the database."""

import hmac
import json
import os
import secrets
from pathlib import Path

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server import protocol

_NONCE = 12


class KeyFileError(Exception):
    """The key file is missing or is not one; nothing was written."""


class ServerKeys:
    """SSK, the VAPID key, and keys derived from one 32-byte secret: for sealing, for passwords, for tokens."""

    def __init__(self, ssk: protocol.PrivateKey, vapid: protocol.PrivateKey, secret: bytes) -> None:
        """Derive the symmetric keys once."""
        self._ssk, self.vapid = ssk, vapid
        self.ssk_point = protocol.point(ssk)
        self.vapid_point = protocol.point(vapid)
        self._sealing = AESGCM(protocol.hkdf(secret, b"", "countersign key file: sealing", 32))
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
        return nonce + self._sealing.encrypt(nonce, plain, row.encode())

    def unseal(self, sealed: bytes, row: str) -> bytes:
        """Decrypt what `seal` made for this row; raises `Malformed` for another row's or a changed one."""
        try:
            return self._sealing.decrypt(sealed[:_NONCE], sealed[_NONCE:], row.encode())
        except (InvalidTag, ValueError) as error:
            message = "a secret in the database does not open with the key file"
            raise protocol.Malformed(message) from error

    def pepper(self, password: str) -> bytes:
        """Return what is hashed instead of the password."""
        return hmac.digest(self._pepper, password.encode(), "sha256")

    def mac(self, *parts: str) -> bytes:
        """HMAC of a token bound to what it is for, such as `grant`, the account, the token."""
        return hmac.digest(self._mac, b"".join(protocol.label(part) for part in parts), "sha256")


def load(file: Path) -> ServerKeys:
    """Read the key file; raises `KeyFileError`."""
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
        ssk, vapid, secret = (protocol.unb64u(found[name], 32) for name in ("ssk", "vapid", "secret"))
        return ServerKeys(protocol.private_key(ssk), protocol.private_key(vapid), secret)
    except FileNotFoundError as error:
        message = f"{file} is missing: put the key file back from its backup, the database is useless without it"
        raise KeyFileError(message) from error
    except (OSError, KeyError, TypeError, ValueError) as error:
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
    part = file.with_suffix(".new")
    part.unlink(missing_ok=True)
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(handle, "w", encoding="utf-8") as stream:
        json.dump(found, stream)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)
    return load(file)
