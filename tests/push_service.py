"""A push service (RFC 8030) on this computer, over HTTPS with an authority of its own; and the browser's side of it."""

import json
import ssl
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import http_ece
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from typing_extensions import override

from server import protocol
from tests.proving import wait_for


def _set() -> threading.Event:
    event = threading.Event()
    event.set()
    return event


@dataclass(frozen=True)
class Answer:
    """What the service says to one message, not before `after`; one that hangs says it when the service is closed."""

    status: int = 201
    headers: dict[str, str] = field(default_factory=dict)
    hangs: bool = False
    after: threading.Event = field(default_factory=_set)


@dataclass(frozen=True)
class Message:
    """One message as it came."""

    path: str
    headers: dict[str, str]
    body: bytes

    @property
    def ttl(self) -> int:
        """Seconds for which the service may keep it."""
        return int(self.headers["ttl"])

    @property
    def topic(self) -> str:
        """What a later one with the same replaces."""
        return self.headers["topic"]

    def vapid(self) -> dict[str, Any]:
        """Verify who sends (RFC 8292), and return the claims with the key as `k`."""
        scheme, _, rest = self.headers["authorization"].partition(" ")
        assert scheme == "vapid"
        parts = dict(part.strip().split("=", 1) for part in rest.split(","))
        signed, _, signature = parts["t"].rpartition(".")
        key = protocol.public_key(protocol.unb64u(parts["k"], 65))
        assert protocol.verify(key, protocol.unb64u(signature, 64), signed.encode())
        header, claims = (json.loads(protocol.unb64u(part)) for part in signed.split("."))
        assert header["alg"] == "ES256"
        return {**claims, "k": parts["k"]}


@dataclass
class Subscription:
    """What a browser has of a subscription; its keys are known here, so that a test reads what came."""

    endpoint: str
    key: protocol.PrivateKey = field(default_factory=protocol.new_key)
    auth: bytes = bytes(range(16))

    @property
    def told(self) -> dict[str, Any]:
        """Return it as the browser tells it to the server."""
        keys = {"p256dh": protocol.b64u(protocol.point(self.key)), "auth": protocol.b64u(self.auth)}
        return {"endpoint": self.endpoint, "expirationTime": None, "keys": keys}

    def open(self, message: Message) -> dict[str, Any]:
        """Decrypt a message (RFC 8291) and return its JSON."""
        assert message.headers["content-encoding"] == "aes128gcm"
        plain = http_ece.decrypt(message.body, private_key=self.key, auth_secret=self.auth, version="aes128gcm")
        told: dict[str, Any] = json.loads(plain)
        return told


class PushService:
    """Keeps every message that came; says `answers` one after the other, then always `answer`."""

    def __init__(self, folder: Path) -> None:
        """Listen on a free port; `authority` is the file of the certificate to trust."""
        self.messages: list[Message] = []
        self.answers: list[Answer] = []
        self.answer = Answer()
        self.closing = threading.Event()
        self.authority = folder / "push-authority.pem"
        chain = _certified(folder, self.authority)
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.service = self
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        self._http.socket = context.wrap_socket(self._http.socket, server_side=True, do_handshake_on_connect=False)
        self.host = f"localhost:{self._http.server_address[1]}"
        self._subscriptions = 0
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.05,), daemon=True)
        self._thread.start()

    def subscription(self) -> Subscription:
        """Make a subscription of this service."""
        self._subscriptions += 1
        return Subscription(f"https://{self.host}/push/{self._subscriptions}")

    def next_of(self, subscription: Subscription, before: int = 0) -> Message:
        """Wait for the message after the first `before` ones of a subscription."""
        wait_for(lambda: len(self.of(subscription)) > before)
        return self.of(subscription)[before]

    def told(self, subscription: Subscription, about: str) -> dict[str, Any]:
        """Wait for a notification that leads to a place of the app, whatever else comes; return it, decrypted."""
        found: list[dict[str, Any]] = []

        def came() -> bool:
            every = [subscription.open(message)["notification"] for message in self.of(subscription)]
            found[:] = [each for each in every if about in each["navigate"]]
            return bool(found)

        wait_for(came)
        return found[0]

    def of(self, subscription: Subscription) -> list[Message]:
        """Return what came for a subscription so far."""
        return [each for each in self.messages if subscription.endpoint.endswith(each.path)]

    def close(self) -> None:
        """Let go of what hangs, and listen no more."""
        self.closing.set()
        self._http.shutdown()
        self._http.server_close()
        self._thread.join()


class _Server(ThreadingHTTPServer):
    service: PushService
    daemon_threads = True

    @override
    def handle_error(self, request: Any, client_address: Any) -> None:
        """Say nothing of connections that were given up."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    timeout = 20

    def do_POST(self) -> None:
        """Take a message."""
        service = self.server.service
        body = self.rfile.read(int(self.headers["content-length"]))
        headers = {name.lower(): value for name, value in self.headers.items()}
        service.messages.append(Message(self.path, headers, body))
        answer = service.answers.pop(0) if service.answers else service.answer
        if answer.hangs:
            service.closing.wait()
        answer.after.wait()
        self.send_response(answer.status)
        for name, value in answer.headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", "0")
        self.end_headers()

    @override
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


def _certified(folder: Path, authority: Path) -> Path:
    """Write an authority, and a certificate of `localhost` under it with its key; return the file of the latter."""
    folder.mkdir(parents=True, exist_ok=True)
    root, leaf = ec.generate_private_key(ec.SECP256R1()), ec.generate_private_key(ec.SECP256R1())
    issuer = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "Push tests")])
    own = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "localhost")])
    is_authority = x509.BasicConstraints(ca=True, path_length=0)
    names = x509.SubjectAlternativeName([x509.DNSName("localhost"), x509.IPAddress(ip_address("127.0.0.1"))])
    signs = x509.KeyUsage(
        digital_signature=False,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        key_cert_sign=True,
        crl_sign=True,
        encipher_only=False,
        decipher_only=False,
    )
    made = _builder(issuer, issuer, root.public_key()).add_extension(is_authority, critical=True)
    certificate = made.add_extension(signs, critical=True).sign(root, hashes.SHA256())
    key_id = x509.AuthorityKeyIdentifier.from_issuer_public_key(root.public_key())
    served = _builder(own, issuer, leaf.public_key()).add_extension(names, critical=False)
    served = served.add_extension(key_id, critical=False)
    authority.write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    file = folder / "push-service.pem"
    key = leaf.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    file.write_bytes(key + served.sign(root, hashes.SHA256()).public_bytes(serialization.Encoding.PEM))
    return file


def _builder(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey) -> x509.CertificateBuilder:
    now = datetime.now(UTC)
    made = x509.CertificateBuilder().subject_name(subject).issuer_name(issuer).public_key(key)
    made = made.serial_number(x509.random_serial_number())
    made = made.not_valid_before(now - timedelta(hours=1)).not_valid_after(now + timedelta(days=30))
    return made.add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)


@pytest.fixture
def push_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[PushService]:
    """Start one, which servers that are started after it may use and trust."""
    service = PushService(tmp_path / "push")
    monkeypatch.setenv("SSL_CERT_FILE", str(service.authority))
    monkeypatch.setenv("COUNTERSIGN_PUSH_HOSTS", service.host)
    yield service
    service.close()
