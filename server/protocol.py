"""The phone protocol's bytes: seal, sign, hash, verify. Imports nothing of ours; `|` joins bytes, keys are P-256.

Public keys on the wire are 65-byte uncompressed points, signatures 64 bytes `r | s`, texts base64url without padding.
"""

import base64
import hashlib
import hmac
import json
import re
import struct
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import rfc8785
from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes, hpke, serialization
from cryptography.hazmat.primitives.asymmetric import ec, utils
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

PrivateKey = ec.EllipticCurvePrivateKey
PublicKey = ec.EllipticCurvePublicKey

VERSION = 1
QR_LENGTH, QR_LENGTH_AT_MOST = 300, 400
ASKS_FOR_PASSWORD = 0x01
DEEPEST = 16
ALWAYS_A_CODE = (
    *("administrator.", "policy.change", "api_key.create", "origin.retire"),
    *("audit.prune", "rmm.run_on_group"),
)

_SUITE = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_B64U = re.compile(r"[A-Za-z0-9_-]*\Z")


class Malformed(ValueError):
    """Bytes that do not open, parse or verify; says which, never what was in them."""


# Bytes and hashes


def b64u(data: bytes) -> str:
    """Base64url without padding (RFC 4648, section 5)."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def unb64u(text: object, length: int | None = None) -> bytes:
    """Decode strictly: one text for one value, `length` bytes where it is given; raises `Malformed`."""
    if not isinstance(text, str) or not _B64U.match(text):
        message = "not base64url"
        raise Malformed(message)
    data = _padded(text)
    if b64u(data) != text or (length is not None and len(data) != length):
        message = "base64url of another length, or not the shortest form"
        raise Malformed(message)
    return data


def _padded(text: str) -> bytes:
    try:
        return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
    except ValueError as error:
        message = "not base64url"
        raise Malformed(message) from error


def label(text: str) -> bytes:
    """UTF-8 bytes followed by one 0x00."""
    return text.encode() + b"\0"


def sha(data: bytes) -> bytes:
    """SHA-256."""
    return hashlib.sha256(data).digest()


def hkdf(ikm: bytes, salt: bytes, info: str, length: int) -> bytes:
    """HKDF-SHA256 (RFC 5869)."""
    return HKDF(hashes.SHA256(), length, salt or None, info.encode()).derive(ikm)


def canonical(value: Any) -> bytes:  # noqa: ANN401 - any JSON value
    """RFC 8785 canonical JSON in UTF-8."""
    return rfc8785.dumps(value)


def loads(data: bytes) -> dict[str, Any]:
    """Return the JSON object in `data`, UTF-8; raises `Malformed`, also where a member stands twice."""
    try:
        value = json.loads(data.decode(), object_pairs_hook=_once, parse_constant=_refuse, parse_float=_refuse)
        json.dumps(value, ensure_ascii=False).encode()  # a lone surrogate is no text
    except (ValueError, RecursionError) as error:
        message = "not a JSON object"
        raise Malformed(message) from error
    if not isinstance(value, dict) or not _plain(value, DEEPEST):
        message = "not a JSON object, or nested too deep"
        raise Malformed(message)
    return value


def _plain(value: Any, deeper: int) -> bool:  # noqa: ANN401 - any JSON value
    """Whether it is nested at most `deeper` levels, and its integers are those of RFC 8785."""
    if isinstance(value, dict | list):
        inner = value.values() if isinstance(value, dict) else value
        return deeper > 0 and all(_plain(each, deeper - 1) for each in inner)
    return not isinstance(value, int) or abs(value) < 2**53


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    members = dict(pairs)
    if len(members) != len(pairs):
        message = "a member stands twice"
        raise Malformed(message)
    return members


def _refuse(text: str) -> Any:  # noqa: ANN401 - never returns
    message = f"numbers are integers, not {text[:16]}"
    raise Malformed(message)


def is_id(text: str) -> bool:
    """Whether this is 1 to 64 of `A-Z a-z 0-9 - _`."""
    return _ID.fullmatch(text) is not None


# Keys and signatures


def new_key() -> PrivateKey:
    """Make a P-256 key."""
    return ec.generate_private_key(ec.SECP256R1())


def private_bytes(key: PrivateKey) -> bytes:
    """Return the 32-byte scalar."""
    return key.private_numbers().private_value.to_bytes(32, "big")


def private_key(scalar: bytes) -> PrivateKey:
    """Return the key of a 32-byte scalar."""
    return ec.derive_private_key(int.from_bytes(scalar, "big"), ec.SECP256R1())


def point(key: PrivateKey | PublicKey) -> bytes:
    """Return the public key as a 65-byte uncompressed point."""
    public = key.public_key() if isinstance(key, ec.EllipticCurvePrivateKey) else key
    return public.public_bytes(serialization.Encoding.X962, serialization.PublicFormat.UncompressedPoint)


def public_key(data: bytes) -> PublicKey:
    """Return the key at a 65-byte uncompressed point; raises `Malformed`, also where it is not on the curve."""
    if len(data) != 65 or data[0] != 4:
        message = "a public key is not a 65-byte uncompressed point"
        raise Malformed(message)
    try:
        return ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP256R1(), data)
    except ValueError as error:
        message = "a public key is not on the curve"
        raise Malformed(message) from error


def sign(key: PrivateKey, message: bytes) -> bytes:
    """ECDSA with SHA-256, as 64 bytes `r | s`."""
    r, s = utils.decode_dss_signature(key.sign(message, ec.ECDSA(hashes.SHA256())))
    return r.to_bytes(32, "big") + s.to_bytes(32, "big")


def verify(key: PublicKey, signature: bytes, message: bytes) -> bool:
    """Whether `signature` (64 bytes) is of `message`."""
    if len(signature) != 64:
        return False
    r, s = int.from_bytes(signature[:32], "big"), int.from_bytes(signature[32:], "big")
    try:
        key.verify(utils.encode_dss_signature(r, s), message, ec.ECDSA(hashes.SHA256()))
    except InvalidSignature:
        return False
    return True


# Sealing


def seal(public: PublicKey, info: bytes, message: bytes) -> bytes:
    """HPKE base mode, single shot (RFC 9180): 65 bytes `enc`, then the ciphertext."""
    return _SUITE.encrypt(message, public, info)


def open_sealed(private: PrivateKey, info: bytes, sealed: bytes) -> bytes:
    """Open what `seal` made; raises `Malformed`."""
    try:
        return _SUITE.decrypt(sealed, private, info)
    except (InvalidTag, ValueError) as error:
        message = "a sealed message does not open"
        raise Malformed(message) from error


def seal_signed(public: PublicKey, info: bytes, message: bytes, signature: bytes) -> bytes:
    """`signed(pub, info, m)`, with the server's signature over `info | m`."""
    return seal(public, info, signature + message)


def open_signed(private: PrivateKey, server: PublicKey, info: bytes, sealed: bytes) -> bytes:
    """Open and verify under the pinned server key; raises `Malformed`."""
    plain = open_sealed(private, info, sealed)
    if not verify(server, plain[:64], info + plain[64:]):
        message = "the server's signature is wrong"
        raise Malformed(message)
    return plain[64:]


# Enrolment (section 1)


def fingerprint(bundle: bytes) -> bytes:
    """`fp` of `SSK_pub | EHK_pub`."""
    return sha(bundle)


def mac_key(secret: bytes, eid: bytes) -> bytes:
    """Return what the server keeps instead of `secret`."""
    return hkdf(secret, eid, "countersign/v1 mac", 32)


def enrolment_mac(key: bytes, transcript: bytes, credential: bytes) -> bytes:
    """`mac`, with the id of the WebAuthn credential."""
    return hmac.digest(key, transcript + label("webauthn") + credential, "sha256")


def transcript(eid: bytes, fp: bytes, dsk: bytes, dhk: bytes, name: str) -> bytes:
    """`T`, which both keys and the WebAuthn credential sign."""
    return sha(label("countersign/v1 enrol") + eid + fp + dsk + dhk + name.encode())


def sas(transcript: bytes, share: bytes) -> str:
    """Return the six digits that the phone shows."""
    number = int.from_bytes(sha(label("countersign/v1 sas") + transcript + share)[:4], "big")
    return f"{number % 1_000_000:06d}"


def enrol_request_info(eid: bytes) -> bytes:
    """`info` of the phone's claim."""
    return label("countersign/v1 enrol request") + eid


def enrol_reply_info(eid: bytes, transcript: bytes) -> bytes:
    """`info` of the server's reply."""
    return label("countersign/v1 enrol reply") + eid + transcript


@dataclass(frozen=True)
class EnrolmentQR:
    """What the QR code carries: `origin/phone/#e=` and these bytes."""

    origin: str
    flags: int
    eid: bytes
    secret: bytes
    fp: bytes
    exp: int
    box: bytes

    def text(self) -> str:
        """Return the QR text."""
        head = bytes([VERSION, self.flags]) + self.eid + self.secret + self.fp + struct.pack(">I", self.exp)
        return f"{self.origin}/phone/#e={b64u(head + self.box)}"

    @classmethod
    def parse(cls, text: str) -> "EnrolmentQR":
        """Read the QR text; raises `Malformed`."""
        origin, mark, payload = text.partition("/phone/#e=")
        raw = unb64u(payload) if mark and len(text) <= QR_LENGTH_AT_MOST else b""
        if len(raw) < 86 + 16 or raw[0] != VERSION:
            message = "not an enrolment code of this version"
            raise Malformed(message)
        exp = int.from_bytes(raw[82:86], "big")
        return cls(origin, raw[1], raw[2:18], raw[18:50], raw[50:82], exp, raw[86:])

    def open_box(self, share: bytes) -> dict[str, Any]:
        """Return company, name and username; raises `Malformed` where `share` is not the one it was closed with."""
        key = hkdf(self.secret, share, "countersign/v1 qr", 44)
        try:
            return loads(AESGCM(key[:32]).decrypt(key[32:], self.box, self.eid))
        except InvalidTag as error:
            message = "the account data in the code does not open"
            raise Malformed(message) from error


def close_box(account: dict[str, str], *, origin: str, eid: bytes, secret: bytes, share: bytes) -> bytes:
    """Encrypt `company`, `name` and `username`; the first two are cut to fit the QR text, the user name never is."""
    fixed = len(f"{origin}/phone/#e=")
    room = (QR_LENGTH - fixed) * 3 // 4 - 86 - 16
    shown = dict(account)
    for member in ("company", "name"):
        shown[member] = _cut(shown, member, room)
    key = hkdf(secret, share, "countersign/v1 qr", 44)
    return AESGCM(key[:32]).encrypt(key[32:], canonical(shown), eid)


def _cut(account: dict[str, str], member: str, room: int) -> str:
    text = account[member]
    kept = len(text)
    while kept > 0 and len(canonical({**account, member: text[:kept] + "…" * (kept < len(text))})) > room:
        kept -= 1
    return text[:kept] + "…" * (kept < len(text))


# Requests and decisions (section 3)


def session_message(device: str, challenge: bytes) -> bytes:
    """Return what the phone signs to sign in."""
    return label("countersign/v1 session") + device.encode() + challenge


def request_info(device: str, request: str) -> bytes:
    """`info` of the sealed details."""
    return label("countersign/v1 request") + f"{device}/{request}".encode()


def answer_info(device: str, request: str) -> bytes:
    """`info` of the sealed decision."""
    return label("countersign/v1 answer") + f"{device}/{request}".encode()


def decision_challenge(details: bytes, decision: str, reason: str, code: str) -> bytes:
    """`ch`, which device key and passkey sign; `details` are the bytes as received."""
    return sha(label("countersign/v1 decision") + sha(details) + label(decision) + label(reason) + code.encode())


def code_allowed(digits: int, kind: str, action: str) -> bool:
    """Whether a request may ask for a code of so many digits (section 3)."""
    return digits == 6 or (digits == 0 and kind != "authentication" and not action.startswith(ALWAYS_A_CODE))


def confirmation_qr(origin: str, request: str, secret: bytes) -> str:
    """Text of the QR code in the console's confirmation dialog; `secret` is 16 bytes."""
    return f"{origin}/phone/#a={b64u(bytes([VERSION, len(request)]) + request.encode() + secret)}"


def parse_confirmation_qr(text: str) -> tuple[str, str, bytes]:
    """Return origin, request and the 16 secret bytes; raises `Malformed`."""
    origin, mark, payload = text.partition("/phone/#a=")
    raw = unb64u(payload) if mark else b""
    if len(raw) < 19 or raw[0] != VERSION or len(raw) != 2 + raw[1] + 16:
        message = "not a confirmation code of this version"
        raise Malformed(message)
    return origin, raw[2 : 2 + raw[1]].decode("ascii", "replace"), raw[-16:]


def notice_info(device: str, notice: str) -> bytes:
    """`info` of a sealed notice."""
    return label("countersign/v1 notice") + f"{device}/{notice}".encode()


def result_info(request: str) -> bytes:
    """`info` of the secrets of a result, sealed for whoever asked."""
    return label("countersign/v1 result") + request.encode()


# Evidence (section 5)


def statement_message(statement: bytes) -> bytes:
    """Return what the server signs of a device statement."""
    return label("countersign/v1 device") + statement


def receipt_message(challenge: bytes, decided_at: int) -> bytes:
    """Return what the server signs when it has decided; `decided_at` in Unix seconds."""
    return label("countersign/v1 decided") + challenge + struct.pack(">Q", decided_at)


# A PIN instead of WebAuthn (section 6)


def enrolment_mac_with_pin(key: bytes, transcript: bytes, verifier: bytes) -> bytes:
    """`mac` of a phone without a passkey, with the verifier of its PIN."""
    return hmac.digest(key, transcript + label("pin") + verifier, "sha256")


def pin_key(pin: str, eid: bytes) -> bytes:
    """`P`, which never leaves the phone."""
    return hashlib.pbkdf2_hmac("sha256", pin.encode(), eid, 600_000, 32)


def pin_verifier(key: bytes, eid: bytes) -> bytes:
    """`V`, by which the server knows a right PIN."""
    return hkdf(key, eid, "countersign/v1 pin verifier", 32)


def pin_wrapping_key(key: bytes, share: bytes) -> bytes:
    """Return what the DSK is wrapped under; `share` is the server's half, given for a right PIN."""
    return hkdf(key, share, "countersign/v1 pin", 32)


def pin_info(device: str) -> bytes:
    """`info` of the sealed share."""
    return label("countersign/v1 pin") + device.encode()


def rp_id(origin: str) -> str:
    """Return the WebAuthn relying party id: the host name of `origin`."""
    return urlsplit(origin).hostname or ""
