"""Host keys: what an SFTP server shows, read with as much of SSH as that takes, and the lines that people pin."""

import asyncio
import base64
import binascii
import re
import secrets
import struct
from dataclasses import dataclass

from cryptography.hazmat.primitives.asymmetric.x25519 import X25519PrivateKey

from server.contract.storage import TestResult
from server.storage.answers import StorageError
from server.storage.dialling import Dialling

PATIENCE = 5.0  # seconds for the server to show it

_ALGORITHMS = {
    "ssh-ed25519": ("ssh-ed25519",),
    "ecdsa-sha2-nistp256": ("ecdsa-sha2-nistp256",),
    "ecdsa-sha2-nistp384": ("ecdsa-sha2-nistp384",),
    "ecdsa-sha2-nistp521": ("ecdsa-sha2-nistp521",),
    "ssh-rsa": ("rsa-sha2-512", "rsa-sha2-256"),
}
_KEX = ("curve25519-sha256", "curve25519-sha256@libssh.org")
_CIPHERS = (
    "aes128-ctr",
    "aes256-ctr",
    "aes128-gcm@openssh.com",
    "aes256-gcm@openssh.com",
    "chacha20-poly1305@openssh.com",
)
_MACS = (
    "hmac-sha2-256",
    "hmac-sha2-256-etm@openssh.com",
    "hmac-sha2-512",
    "hmac-sha2-512-etm@openssh.com",
    "hmac-sha1",
)
_KEXINIT, _ECDH_INIT, _ECDH_REPLY, _QUIET = 20, 30, 31, (2, 3, 4)
_LINE = re.compile(r"([a-z0-9-]+) ([A-Za-z0-9+/]+={0,2})( .*)?")
_LARGEST = 35_000  # bytes of a packet


@dataclass(frozen=True)
class HostKey:
    """A public key as OpenSSH writes it, without a comment."""

    line: str

    @property
    def algorithms(self) -> tuple[str, ...]:
        """Return by which algorithms a server shows this key."""
        return _ALGORITHMS[self.line.partition(" ")[0]]


def parsed(line: str) -> HostKey:
    """Read a line that somebody pinned; raises `StorageError` where it is none."""
    found = _LINE.fullmatch(line.strip())
    try:
        if found is not None and found[1] in _ALGORITHMS:
            blob = base64.b64decode(found[2], validate=True)
            if _first(blob) == found[1].encode():
                return HostKey(f"{found[1]} {found[2]}")
    except (binascii.Error, ValueError):
        pass
    raise StorageError(TestResult.INVALID)


async def shown(dialling: Dialling, host: str, port: int, pinned: str = "") -> HostKey:
    """Return the key that a server shows: of the pinned one's kind where it has one; raises `StorageError`.

    Nobody has proved to hold that key yet: that is for the engine to see to, once it is pinned.
    """
    reader, writer = await dialling.connect(host, port)
    preferred = parsed(pinned).algorithms if pinned else ()
    try:
        async with asyncio.timeout(PATIENCE):
            return await _exchange(reader, writer, preferred)
    except TimeoutError as error:
        raise StorageError(TestResult.UNREACHABLE) from error
    except (OSError, EOFError, ValueError, struct.error, asyncio.LimitOverrunError) as error:
        raise StorageError(TestResult.FAILED) from error
    finally:
        writer.transport.abort()


async def _exchange(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, preferred: tuple[str, ...]) -> HostKey:
    writer.write(b"SSH-2.0-Countersign\r\n")
    await _greeted(reader)
    everything = [name for names in _ALGORITHMS.values() for name in names]
    wanted = [*preferred, *(name for name in everything if name not in preferred)]
    writer.write(_packet(_kexinit(wanted)))
    await _packet_of(reader, _KEXINIT)
    public = X25519PrivateKey.generate().public_key().public_bytes_raw()
    writer.write(_packet(bytes([_ECDH_INIT]) + _string(public)))
    blob = _first((await _packet_of(reader, _ECDH_REPLY))[1:])
    return parsed(f"{_first(blob).decode('ascii')} {base64.b64encode(blob).decode()}")


async def _greeted(reader: asyncio.StreamReader) -> None:
    """Read until a server says that it speaks SSH; raises `StorageError` where something else answers."""
    said = False
    try:
        for _ in range(50):  # lines that a server may say before
            if (await reader.readuntil(b"\n")).startswith(b"SSH-2.0-"):
                return
            said = True
    except asyncio.IncompleteReadError as error:
        if not said and not error.partial:
            raise
    except (ConnectionError, asyncio.LimitOverrunError):
        if not said:
            raise
    raise StorageError(TestResult.NO_SERVICE)


def _kexinit(algorithms: list[str]) -> bytes:
    lists = [_KEX, algorithms, _CIPHERS, _CIPHERS, _MACS, _MACS, ("none",), ("none",), (), ()]
    return (
        bytes([_KEXINIT])
        + secrets.token_bytes(16)
        + b"".join(_string(",".join(names).encode()) for names in lists)
        + bytes(5)
    )


def _packet(payload: bytes) -> bytes:
    padding = 8 - (len(payload) + 5) % 8
    padding += 8 if padding < 4 else 0
    return struct.pack(">IB", len(payload) + padding + 1, padding) + payload + bytes(padding)


async def _packet_of(reader: asyncio.StreamReader, kind: int) -> bytes:
    """Return the next packet, which must be of this kind."""
    while True:
        length, padding = struct.unpack(">IB", await reader.readexactly(5))
        if not 2 + padding <= length <= _LARGEST:
            raise ValueError("no packet")
        payload = (await reader.readexactly(length - 1))[: length - 1 - padding]
        if payload[0] == kind:
            return payload
        if payload[0] not in _QUIET:
            raise ValueError("another packet")


def _string(value: bytes) -> bytes:
    return struct.pack(">I", len(value)) + value


def _first(data: bytes) -> bytes:
    """Read the string that data begins with; raises ValueError where it is cut short."""
    length = int.from_bytes(data[:4], "big")
    if len(data) < 4 + length:
        raise ValueError("cut short")
    return data[4 : 4 + length]
