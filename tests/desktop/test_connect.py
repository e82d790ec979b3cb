"""Connecting to a server elsewhere: whose certificate is trusted, and what is refused."""

import http.server
import json
import shutil
import ssl
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from typing_extensions import override

from desktop.core.authority import Authorities, NoAuthority, fingerprint_of, in_lines, presented
from desktop.core.client import Client
from desktop.core.problems import shown
from desktop.core.transport import Offline
from tests.desktop.hand import Hand
from tests.living import LivingServer

Open = Callable[..., Hand]
Start = Callable[..., LivingServer]


def with_own_authority(server: LivingServer, port: int = 0) -> tuple[str, str]:
    """Give a stopped server an authority of its own; return its address here, and the authority."""
    more = ("--port", str(port)) if port else ()
    done = server.run("tls", "init", "--name", "nw-server.test", "--json", *more)
    assert done.returncode == 0, done.stderr
    server._port = int(json.loads(done.stdout)["origin"].rsplit(":", 1)[1])
    server.start()
    found = next((server.data / "tls").rglob("authority.pem"))
    return f"https://localhost:{server.url.rsplit(':', 1)[1]}", found.read_text("ascii")


def trust(hand: Hand, url: str) -> None:
    """Connect to a server whose authority is compared and pinned."""
    hand.click("first_run.connect")
    hand.type("connect.address", url)
    hand.click("connect.submit")
    hand.see("connect.authority")
    hand.click("connect.submit")
    hand.see("sign_in.username")


@pytest.fixture
def named(start_server: Start) -> LivingServer:
    """A server that is set up, and stopped."""
    server = start_server()
    server.set_up()
    server.stop()
    return server


def test_an_authority_is_trusted_once_its_fingerprint_was_compared(named: LivingServer, open_console: Open) -> None:
    url, authority = with_own_authority(named)
    hand = open_console()
    hand.click("first_run.connect")
    hand.type("connect.address", url)
    hand.click("connect.submit")
    hand.reads("connect.authority.fingerprint", in_lines(fingerprint_of(authority)))
    assert "Compare" in hand.text("connect.authority.text")
    hand.click("connect.submit")
    hand.sign_in()
    hand.see("page.overview")
    hand.reads("sidebar.server", "connected")


def test_an_authority_that_has_changed_is_refused_until_the_old_one_is_forgotten(
    named: LivingServer, open_console: Open
) -> None:
    url, first = with_own_authority(named)
    hand = open_console()
    trust(hand, url)
    named.stop()
    shutil.rmtree(named.data / "tls")
    again, second = with_own_authority(named, int(url.rsplit(":", 1)[1]))
    assert again == url
    hand.type("sign_in.username", "amelia.hart")
    hand.type("sign_in.password", "not for somebody in between")
    hand.click("sign_in.submit")
    hand.wait(lambda: any("not from the authority" in words for words in hand.words()), "a refusal")
    hand.click("sign_in.elsewhere")
    hand.click("first_run.connect")
    hand.type("connect.address", url)
    hand.click("connect.submit")
    hand.reads("connect.authority.pinned", in_lines(fingerprint_of(first)))
    hand.reads("connect.authority.fingerprint", in_lines(fingerprint_of(second)))
    assert "Do not sign in" in hand.text("connect.authority.text")
    hand.click("connect.submit")
    hand.wait(lambda: hand.see("connect.submit").isEnabled(), "the answer")
    assert hand.seen("connect.authority.pinned")
    hand.click("connect.forget")
    hand.gone("connect.authority.pinned")
    hand.reads("connect.authority.fingerprint", in_lines(fingerprint_of(second)))
    hand.click("connect.submit")
    hand.sign_in()
    hand.see("page.overview")


def test_an_authority_that_gave_way_to_other_certificates_can_be_forgotten(
    named: LivingServer, open_console: Open, tmp_path: Path
) -> None:
    url, first = with_own_authority(named)
    hand = open_console()
    trust(hand, url)
    named.stop()
    certificate, key = tmp_path / "other.pem", tmp_path / "other.key"
    _write_certificate(certificate, key)
    named.settings |= {"COUNTERSIGN_TLS_CERTIFICATE": str(certificate), "COUNTERSIGN_TLS_KEY": str(key)}
    named.start()
    hand.click("sign_in.elsewhere")
    hand.click("first_run.connect")
    hand.type("connect.address", url)
    hand.click("connect.submit")
    hand.reads("connect.authority.pinned", in_lines(fingerprint_of(first)))
    assert "presents no authority of its own any more" in hand.text("connect.authority.title")
    assert not hand.seen("connect.authority.fingerprint")
    hand.click("connect.forget")
    hand.gone("connect.authority.pinned")
    hand.wait(lambda: any("not trusted by this computer" in words for words in hand.words()), "the system to be asked")


def _write_certificate(certificate: Path, key: Path) -> None:
    private, now = ec.generate_private_key(ec.SECP256R1()), datetime.now(UTC)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "nw-server.test")])
    names = x509.SubjectAlternativeName([x509.DNSName("nw-server.test"), x509.DNSName("localhost")])
    built = x509.CertificateBuilder(name, name, private.public_key(), x509.random_serial_number())
    made = (
        built.not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=30))
        .add_extension(names, critical=False)
        .sign(private, hashes.SHA256())
    )
    certificate.write_bytes(made.public_bytes(serialization.Encoding.PEM))
    pkcs8, plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    key.write_bytes(private.private_bytes(serialization.Encoding.PEM, pkcs8, plain))


def test_a_pinned_authority_counts_for_its_server_alone(named: LivingServer, tmp_path: Path) -> None:
    url, authority = with_own_authority(named)
    known = Authorities(tmp_path / "authorities.json")
    known.pin(f"{url}/", authority)
    assert known.of(url.upper().replace("HTTPS", "https")) == authority
    assert not known.of(url.replace("localhost", "127.0.0.1"))
    assert (tmp_path / "authorities.json").stat().st_mode & 0o777 == 0o600
    assert Client(url, known.of(url)).health().setup_done
    other = (Path(__file__).parent / "authority.pem").read_text("ascii")
    for pinned, reason in (("", "certificate"), (other, "changed")):
        with pytest.raises(Offline) as refused:
            Client(url, pinned).health()
        assert refused.value.reason == reason
    assert presented(url) == authority
    known.forget(url)
    assert not known.of(url)


def test_a_server_without_an_authority_says_so(server: LivingServer) -> None:
    with pytest.raises(NoAuthority):
        presented(server.url)
    with pytest.raises(Offline):
        presented("https://127.0.0.1:9")


class Says(http.server.BaseHTTPRequestHandler):
    """Says to everybody which authority is its own."""

    told = ""

    def do_GET(self) -> None:
        """Say it."""
        body = json.dumps({"certificate": self.told}).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Write nothing."""


def test_what_answers_but_cannot_be_used_is_told_with_what_to_look_at(named: LivingServer, open_console: Open) -> None:
    url, _ = with_own_authority(named)
    other = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    threading.Thread(target=other.serve_forever, args=(0.05,), daemon=True).start()
    port = other.server_address[1]
    hand = open_console()
    hand.click("first_run.connect")
    try:
        for typed, said in (
            (url.replace("localhost", "127.0.0.2"), "is for another name"),
            (f"http://127.0.0.1:{port}", "Something else than a Countersign server"),
            (f"https://127.0.0.1:{port}", "does not speak https"),
        ):
            hand.type("connect.address", typed)
            hand.click("connect.submit")
            hand.reads("connect.address.fault", said)
    finally:
        other.shutdown()
        other.server_close()


def test_no_authority_is_trusted_beside_the_one_that_a_person_compares(tmp_path: Path) -> None:
    genuine = (Path(__file__).parent / "authority.pem").read_text("ascii")
    with dated(tmp_path, timedelta(days=-1), timedelta(days=30), Says) as (url, file):
        evil = file.read_text("ascii")
        for Says.told in (genuine + evil, evil + genuine):
            with pytest.raises(NoAuthority):
                presented(url)
        Says.told = f"{genuine.strip()}\nand some words"
        assert presented(url) == genuine  # that one alone, and nothing around it


@contextmanager
def dated(
    folder: Path,
    begins: timedelta,
    ends: timedelta,
    handler: type[http.server.BaseHTTPRequestHandler] = http.server.BaseHTTPRequestHandler,
) -> Iterator[tuple[str, Path]]:
    """Serve with a certificate that is valid between these, from now; yield the address, and its authority."""
    now, key = datetime.now(UTC), ec.generate_private_key(ec.SECP256R1())
    root, own = (x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, name)]) for name in ("Root", "localhost"))
    made = x509.CertificateBuilder().issuer_name(root).public_key(key.public_key())
    authority = made.subject_name(root).serial_number(1).not_valid_before(now - timedelta(days=900))
    authority = authority.not_valid_after(now + timedelta(days=900))
    authority = authority.add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
    leaf = made.subject_name(own).serial_number(2).not_valid_before(now + begins).not_valid_after(now + ends)
    leaf = leaf.add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
    pem, files = serialization.Encoding.PEM, (folder / "root.pem", folder / "own.pem")
    for file, builder in zip(files, (authority, leaf), strict=True):
        file.write_bytes(builder.sign(key, hashes.SHA256()).public_bytes(pem))
    secret = (pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    files[1].write_bytes(files[1].read_bytes() + key.private_bytes(*secret))
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(files[1])
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.socket = context.wrap_socket(server.socket, server_side=True, do_handshake_on_connect=False)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"https://localhost:{server.server_address[1]}", files[0]
    finally:
        server.shutdown()
        server.server_close()


@pytest.mark.parametrize("pinned", [True, False], ids=["pinned", "system"])
@pytest.mark.parametrize("days", [(-30, -1), (1, 30)], ids=["expired", "not yet valid"])
def test_a_certificate_out_of_its_time_is_a_matter_of_clocks_and_of_nobody_in_between(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, days: tuple[int, int], *, pinned: bool
) -> None:
    begins, ends = (timedelta(days=each) for each in days)
    with dated(tmp_path, begins, ends) as (url, authority):
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        with pytest.raises(Offline) as refused:
            Client(url, authority.read_text("ascii") if pinned else "").health()
    assert refused.value.reason == "date"
    assert "clock" in shown(refused.value).text
    assert "in between" not in shown(refused.value).text


def test_what_is_no_address_is_said_and_the_apps_own_leads_to_its_server(
    server: LivingServer, open_console: Open
) -> None:
    server.set_up()
    hand = open_console()
    hand.click("first_run.connect")
    for typed, said in (
        ("no url at all", "Type an address such as"),
        ("https://", "Type an address such as"),
        ("https://host:port", "Type an address such as"),
        ("https://amelia@nw-server.test", "Type an address such as"),
        ("ftp://nw-server.test", "Type an address such as"),
        ("https://nw-server.test:8443/admin", "before “/admin”: type https://nw-server.test:8443 alone"),
        ("nw-server.test/?next=1", "before “/?next=1”: type https://nw-server.test alone"),
        ("https://nw-server.test/phone/other", "before “/phone/other”: type"),
    ):
        hand.type("connect.address", typed)
        hand.click("connect.submit")
        assert said in hand.fault("connect.address"), typed
        assert hand.see("connect.submit").isEnabled(), "nobody was asked"
    hand.type("connect.address", f"{server.url}/phone/#/")
    hand.click("connect.submit")
    hand.sign_in()
    hand.see("page.overview")
    desk = hand.console.arrival.desk
    assert desk is not None
    assert desk.client.url == server.url
