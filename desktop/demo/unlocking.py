"""What unlocks a phone in software for an approval: a passkey, or a PIN where WebAuthn cannot work."""

import json
import secrets
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from server import protocol

_PRESENT, _VERIFIED, _ATTESTED = 0x01, 0x04, 0x40


@dataclass
class Passkey:
    """A platform authenticator with one ES256 credential; `unlocks` is whether its owner verifies when asked."""

    key: protocol.PrivateKey = field(default_factory=protocol.new_key)
    id: bytes = field(default_factory=lambda: secrets.token_bytes(20))
    unlocks: bool = True

    @property
    def cose(self) -> bytes:
        """The public key as COSE (RFC 9053): EC2, ES256, P-256."""
        point = protocol.point(self.key)
        return cbor2.dumps({1: 2, 3: -7, -1: 1, -2: point[1:33], -3: point[33:]})

    def create(self, challenge: bytes, origin: str) -> dict[str, Any]:
        """Return a RegistrationResponseJSON, attestation none."""
        attested = bytes(16) + struct.pack(">H", len(self.id)) + self.id + self.cose
        data = self._data(origin, _ATTESTED) + attested
        return self._answer(
            clientDataJSON=protocol.b64u(_client_data("webauthn.create", challenge, origin)),
            attestationObject=protocol.b64u(cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": data})),
            transports=["internal"],
        )

    def get(self, challenge: bytes, origin: str) -> dict[str, Any]:
        """Return an AuthenticationResponseJSON."""
        client, data = _client_data("webauthn.get", challenge, origin), self._data(origin, 0)
        signature = self.key.sign(data + protocol.sha(client), ec.ECDSA(hashes.SHA256()))
        return self._answer(
            clientDataJSON=protocol.b64u(client),
            authenticatorData=protocol.b64u(data),
            signature=protocol.b64u(signature),
            userHandle=None,
        )

    def _data(self, origin: str, flags: int) -> bytes:
        flags |= _PRESENT | (_VERIFIED if self.unlocks else 0)
        return protocol.sha(protocol.rp_id(origin).encode()) + bytes([flags]) + bytes(4)

    def _answer(self, **response: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON values
        name = protocol.b64u(self.id)
        return {
            "id": name,
            "rawId": name,
            "type": "public-key",
            "authenticatorAttachment": "platform",
            "clientExtensionResults": {},
            "response": response,
        }


def _client_data(kind: str, challenge: bytes, origin: str) -> bytes:
    told = {"type": kind, "challenge": protocol.b64u(challenge), "origin": origin, "crossOrigin": False}
    return json.dumps(told, separators=(",", ":")).encode()


@dataclass
class Pin:
    """What unlocks a phone without a passkey: `typed` by its owner when asked (section 6)."""

    typed: str
    eid: bytes = b""
    token: bytes = b""
    wrapped: bytes = b""

    def verifier(self) -> bytes:
        """Return what the server compares."""
        return protocol.pin_verifier(self._key(), self.eid)

    def wrap(self, dsk: protocol.PrivateKey, share: bytes) -> None:
        """Keep the device key under the PIN and the server's share."""
        nonce = secrets.token_bytes(12)
        self.wrapped = nonce + self._cipher(share).encrypt(nonce, protocol.private_bytes(dsk), None)

    def unwrap(self, share: bytes) -> protocol.PrivateKey:
        """Return the device key."""
        return protocol.private_key(self._cipher(share).decrypt(self.wrapped[:12], self.wrapped[12:], None))

    def _cipher(self, share: bytes) -> AESGCM:
        return AESGCM(protocol.pin_wrapping_key(self._key(), share))

    def _key(self) -> bytes:
        return protocol.pin_key(self.typed, self.eid)
