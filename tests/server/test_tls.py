"""Certificates of our own: as strict verifiers take them, for given names alone, kept fresh, and chosen by commands."""

import os
import socket
import ssl
import stat
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.verification import PolicyBuilder, Store, VerificationError

from server import addresses
from server.certificates import Certificates, Door
from server.cli import main
from server.config import EVERYWHERE, Config, ConfigError, is_loopback, load, origin_of
from server.contract.health import HealthWarning
from server.holdings import Holding, first_in, own_for
from server.keepers import Keepers
from server.listening import bind, bind_all
from server.reach import Reach
from server.settings import change
from server.tls import Names, fingerprint, key_pem, new_authority, new_leaf, pem
from server.tls_commands import _free
from tests.server.reaching import free_port, has_ipv6

Command = Callable[..., tuple[int, str, str]]
NOW = datetime(2026, 11, 24, 12, tzinfo=UTC)
NAMES = Names.of(["Console.Test", "192.0.2.7", "2001:db8::7"])


def verified(leaf: x509.Certificate, authority: x509.Certificate, host: str, at: datetime = NOW) -> None:
    subject: Any = x509.IPAddress(ip_address(host)) if host[0].isdigit() else x509.DNSName(host)
    PolicyBuilder().store(Store([authority])).time(at).build_server_verifier(subject).verify(leaf, [])


def between(server: ssl.SSLContext, client: ssl.SSLContext, name: str | None) -> ssl.SSLObject:
    """Shake hands in memory; the client's side."""
    to_server, to_client = ssl.MemoryBIO(), ssl.MemoryBIO()
    here = client.wrap_bio(to_client, to_server, server_hostname=name)
    there = server.wrap_bio(to_server, to_client, server_side=True)
    waiting: list[ssl.SSLObject] = [here, there]
    failure: ssl.SSLError | None = None
    for _ in range(10):
        for side in list(waiting):
            try:
                side.do_handshake()
                waiting.remove(side)
            except ssl.SSLWantReadError:
                pass
            except ssl.SSLError as error:
                failure = failure or error
                waiting.remove(side)
    if failure is not None:
        raise failure
    assert not waiting
    return here


def trusting(*authorities: Path) -> ssl.SSLContext:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    for file in authorities:
        context.load_verify_locations(file)
    return context


def serving(data: Path, now: datetime, *more: str) -> tuple[Certificates, Path]:
    """Return what a server with an own authority presents, whose clock is `now`, and the authority's file."""
    held = own_for(data, Names.of(["console.test", *more]), now)
    assert held.authority
    config = Config(data=data, tls_certificate=held.certificate, tls_key=held.key)
    return Certificates(config, lambda: now), held.authority


def door_of(certificates: Certificates) -> ssl.SSLContext:
    assert certificates.current
    return Door(certificates, {"console.test": certificates.current}).context()


def test_what_it_makes_is_as_phones_want_it() -> None:
    authority = new_authority(NAMES, NOW)
    leaf = new_leaf(authority, ec.generate_private_key(ec.SECP256R1()), NAMES, NOW)
    for host in ("console.test", "192.0.2.7", "2001:db8::7", "localhost", "127.0.0.1"):
        verified(leaf, authority.certificate, host)
    with pytest.raises(VerificationError):
        verified(leaf, authority.certificate, "other.test")
    lasts = leaf.not_valid_after_utc - leaf.not_valid_before_utc
    assert lasts == timedelta(days=397)
    extensions = authority.certificate.extensions
    constraints = extensions.get_extension_for_class(x509.NameConstraints)
    basic = extensions.get_extension_for_class(x509.BasicConstraints)
    assert (constraints.critical, basic.critical, basic.value.path_length) == (True, True, 0)
    assert extensions.get_extension_for_class(x509.KeyUsage).critical
    networks = [each.value for each in constraints.value.permitted_subtrees or [] if isinstance(each, x509.IPAddress)]
    assert {str(each) for each in networks} == {"192.0.2.7/32", "2001:db8::7/128", "127.0.0.1/32", "::1/128"}


@pytest.mark.parametrize("host", ["bank.example", "192.0.2.8"])
def test_its_authority_vouches_for_nobody_else(tmp_path: Path, host: str) -> None:
    authority = new_authority(Names.of(["console.test", "192.0.2.7"]), datetime.now(UTC))
    key = ec.generate_private_key(ec.SECP256R1())
    stolen = new_leaf(authority, key, Names.of([host]), datetime.now(UTC))
    with pytest.raises(VerificationError):
        verified(stolen, authority.certificate, host, datetime.now(UTC))
    (tmp_path / "c.pem").write_text(pem(stolen))
    (tmp_path / "k.pem").write_text(key_pem(key))
    (tmp_path / "a.pem").write_text(pem(authority.certificate))
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(tmp_path / "c.pem", tmp_path / "k.pem")
    with pytest.raises(ssl.SSLCertVerificationError, match="permitted subtree"):
        between(server, trusting(tmp_path / "a.pem"), host)


def test_a_certificate_is_renewed_while_it_is_presented(tmp_path: Path) -> None:
    begun = datetime.now(UTC) - timedelta(days=380)
    certificates, authority = serving(tmp_path, begun)
    assert certificates.current
    context = certificates.current.context
    before = between(context, trusting(authority), "console.test").getpeercert(binary_form=True)
    certificates.tend(begun + timedelta(days=365))
    assert between(context, trusting(authority), "console.test").getpeercert(binary_form=True) == before
    certificates.tend(begun + timedelta(days=367))
    after = between(context, trusting(authority), "console.test").getpeercert(binary_form=True)
    assert after
    assert after != before
    assert x509.load_der_x509_certificate(after).not_valid_after_utc > datetime.now(UTC) + timedelta(days=300)
    assert certificates.warnings == set()
    assert stat.S_IMODE(certificates.current.holding.certificate.stat().st_mode) == 0o600


def test_its_renewal_ends_with_its_authority(tmp_path: Path) -> None:
    certificates, authority = serving(tmp_path, NOW)
    assert certificates.current
    end = first_in(authority).not_valid_after_utc
    for days in range(0, 3645, 20):
        certificates.tend(NOW + timedelta(days=days))
    assert certificates.current.ends_at == end
    assert certificates.current.renews_at is None
    assert certificates.warnings == {"certificate_ends_soon"}
    file, on = certificates.current.holding.certificate, f"on {end:%d %B %Y}, with its authority: change"
    assert certificates.current.soon(end - timedelta(days=1)) == f"{file} ends {on} its phones before that"
    assert certificates.current.fault_for("console.test", end) == f"{file} ended {on} its phones"


def test_a_certificate_that_ended_since_its_renewal_failed_is_told_with_the_file_that_is_lost(tmp_path: Path) -> None:
    certificates, authority = serving(tmp_path, NOW)
    assert certificates.current
    (lost := authority.with_name("authority.key")).unlink()
    certificates.tend(over := NOW + timedelta(days=400))
    assert certificates.current.fault_for("console.test", over).startswith(f"{lost} is missing: put")


def test_files_of_others_are_read_again_once_they_are_whole(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    first, second = own_for(tmp_path / "1", NAMES, now), own_for(tmp_path / "2", NAMES, now)
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    certificate.write_bytes(first.certificate.read_bytes())
    key.write_bytes(first.key.read_bytes())
    config = Config(data=tmp_path, tls_certificate=certificate, tls_key=key)
    certificates = Certificates(config, lambda: now)
    assert certificates.current
    assert certificates.authority is None
    assert first.authority
    assert second.authority
    certificate.write_bytes(second.certificate.read_bytes())  # the new certificate, still the old key
    certificates.tend(now)
    assert certificates.warnings == {HealthWarning.CERTIFICATE_UNREADABLE}
    assert f"the key in {key} is of another certificate" in certificates.fault
    between(certificates.current.context, trusting(first.authority), "console.test")
    key.write_bytes(second.key.read_bytes())
    certificates.tend(now)
    assert (certificates.warnings, certificates.fault) == (set(), "")
    between(certificates.current.context, trusting(second.authority), "console.test")
    certificate.unlink()
    certificates.tend(now)
    assert certificates.fault == f"{certificate} is missing; put it back, or choose another one"


def test_files_for_another_host_are_told_at_once_and_served_all_the_same(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    right, wrong = own_for(tmp_path / "1", NAMES, now), own_for(tmp_path / "2", Names.of(["other.test"]), now)
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    config = Config(data=tmp_path, tls_certificate=certificate, tls_key=key, public_url="https://console.test:8443")

    def put(pair: Holding) -> None:
        certificate.write_bytes(pair.certificate.read_bytes())
        key.write_bytes(pair.key.read_bytes())

    put(right)
    certificates = Certificates(config, lambda: now)
    assert (certificates.warnings, certificates.fault) == (set(), "")
    put(wrong)
    for each in (certificates, Certificates(config, lambda: now)):  # as it changes, and at the next start
        if each is certificates:
            each.tend(now)
        assert each.current
        assert each.warnings == {HealthWarning.CERTIFICATE_OTHER_NAME}
        assert each.fault == each.misnamed
        assert each.fault.startswith(f"{certificate} is for other.test, ")
        assert each.fault.endswith(", not for console.test: get one that is")
        assert wrong.authority
        between(each.current.context, trusting(wrong.authority), "other.test")
    key.unlink()
    certificates.tend(now)
    assert certificates.warnings == {HealthWarning.CERTIFICATE_OTHER_NAME, HealthWarning.CERTIFICATE_UNREADABLE}
    put(right)
    certificates.tend(now)
    assert (certificates.warnings, certificates.fault) == (set(), "")


def test_each_name_gets_its_own_certificate(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    earlier = own_for(tmp_path, Names.of(["earlier.test"]), now)
    certificates, authority = serving(tmp_path, now)
    assert certificates.current
    assert earlier.authority
    theirs = certificates.guess("earlier.test")
    assert theirs
    context = Door(certificates, {"console.test": certificates.current, "earlier.test": theirs}).context()
    for name, trusted in (("earlier.test", earlier.authority), ("console.test", authority)):
        between(context, trusting(trusted), name)
    with pytest.raises(ssl.SSLCertVerificationError):
        between(context, trusting(authority), "earlier.test")


def test_who_asks_for_no_name_has_come_by_the_address_of_the_port(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    earlier = own_for(tmp_path, Names.of(["192.0.2.7"]), now)
    certificates, authority = serving(tmp_path, now)
    assert certificates.current
    assert earlier.authority
    theirs = certificates.guess("192.0.2.7")
    assert theirs
    hosts = {"console.test": certificates.current}
    for door, trusted in ((hosts, authority), (hosts | {"192.0.2.7": theirs}, earlier.authority)):
        client = trusting(trusted)
        client.check_hostname = False
        between(Door(certificates, door).context(), client, None)


def test_what_is_presented_now_is_presented_whatever_the_public_url_says(tmp_path: Path) -> None:
    held = own_for(tmp_path, Names.of(["console.test"]), now := datetime.now(UTC))
    assert held.authority
    files = {"tls_certificate": held.certificate, "tls_key": held.key}
    config = load(None, {}, data=tmp_path, port=free_port(), public_url="http://localhost:1", **files)
    listeners = bind_all(config, bind(config), Reach(config, config.public_url, lambda: now), forget=True)
    try:
        assert listeners[0].context
        between(listeners[0].context, trusting(held.authority), "localhost")
    finally:
        for each in listeners:
            each.close()


@pytest.mark.parametrize(
    ("trusts", "asks", "why"),
    [(False, "console.test", "untrusted"), (True, "other.test", "wrong_name"), (False, None, "wrong_name")],
)
def test_a_refused_handshake_says_why(tmp_path: Path, trusts: bool, asks: str | None, why: str) -> None:  # noqa: FBT001
    certificates, authority = serving(tmp_path, NOW)
    assert certificates.current
    client = trusting(*([authority] if trusts else []))
    client.check_hostname = asks is not None
    with pytest.raises(ssl.SSLCertVerificationError):
        between(door_of(certificates), client, asks)
    assert certificates.refusal
    assert (certificates.refusal.why, certificates.refusal.name, certificates.refusal.at) == (why, asks, NOW)


def test_what_is_presented_now_is_not_judged_by_who_refused_what_was_before(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    right, wrong = own_for(tmp_path / "1", NAMES, now), own_for(tmp_path / "2", Names.of(["other.test"]), now)
    certificate, key = tmp_path / "c.pem", tmp_path / "k.pem"
    config = Config(data=tmp_path, tls_certificate=certificate, tls_key=key, public_url="https://console.test:8443")

    def put(pair: Holding) -> None:
        certificate.write_bytes(pair.certificate.read_bytes())
        key.write_bytes(pair.key.read_bytes())

    put(wrong)
    certificates = Certificates(config, lambda: now)
    assert certificates.current
    with pytest.raises(ssl.SSLCertVerificationError):
        between(certificates.current.context, trusting(), "console.test")
    certificates.tend(now)
    assert certificates.refusal, "nothing has changed"
    put(right)
    certificates.tend(now)
    assert certificates.refusal is None


def test_by_an_address_that_is_covered_it_is_the_trust_that_is_missing(tmp_path: Path) -> None:
    certificates, _ = serving(tmp_path, NOW, "192.0.2.7")
    assert certificates.current
    client = trusting()
    client.check_hostname = False
    with pytest.raises(ssl.SSLCertVerificationError):
        between(door_of(certificates), client, None)
    assert certificates.refusal
    assert certificates.refusal.why == "untrusted"


def test_settings_are_written_beside_those_that_are_there(tmp_path: Path) -> None:
    file = tmp_path / "server.toml"
    file.write_text(
        '# ours\npush_hosts = [\n  "push.example.com",\n]\nport = 1 # old\ndatabase = "postgresql://a:b@c/d"\n'
    )
    change(file, {"port": 8443, "host": "127.0.0.1", "public_url": "https://a.test", "openapi": None})
    text = file.read_text()
    assert text.startswith("# ours\npush_hosts = [\n")
    config = load(None, {}, data=tmp_path)
    assert (config.port, config.push_hosts) == (8443, ("push.example.com",))
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    change(file, {"host": None, "public_url": None})
    assert load(None, {}, data=tmp_path).host == "localhost"


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only the system's administrator can")
def test_what_the_administrator_writes_can_be_read_by_the_server(tmp_path: Path) -> None:
    file, data = tmp_path / "server.toml", tmp_path / "data"
    file.write_text("port = 1\n")
    data.mkdir()
    os.chown(file, 0, 65534)
    file.chmod(0o640)
    os.chown(data, 65534, 65534)
    change(file, {"port": 8443})
    kept = file.stat()
    assert (kept.st_uid, kept.st_gid, stat.S_IMODE(kept.st_mode)) == (0, 65534, 0o640)
    own_for(data, NAMES, NOW)
    assert {each.stat().st_uid for each in data.rglob("*")} == {65534}


@pytest.mark.parametrize("text", ["port = = 1\n", "unknown = 1\n", '"port" = 1\n', "port = \\\n"])
def test_settings_that_are_not_understood_are_left_alone(tmp_path: Path, text: str) -> None:
    file = tmp_path / "server.toml"
    file.write_text(text)
    with pytest.raises(ConfigError, match=r"server\.toml"):
        change(file, {"port": 8443})
    assert file.read_text() == text
    assert list(tmp_path.iterdir()) == [file]


def test_the_folders_settings_are_read_where_no_others_are_named(tmp_path: Path) -> None:
    data, other = tmp_path / "data", tmp_path / "other.toml"
    data.mkdir()
    (data / "server.toml").write_text('tls_certificate = "tls/c.pem"\ntls_key = "tls/k.pem"\nport = 8443\n')
    other.write_text("port = 9443\n")
    config = load(None, {}, data=data, port=0)
    assert (config.tls_certificate, config.port) == (data / "tls/c.pem", 8443)
    assert load(other, {}, data=data).port == 9443
    assert load(None, {"COUNTERSIGN_DATA": str(data), "COUNTERSIGN_PORT": "7443"}).port == 7443
    (data / "server.toml").write_text(f'data = "{data}"\n')
    with pytest.raises(ConfigError, match="it lies in the data folder"):
        load(None, {}, data=data)


@pytest.fixture
def command(tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Command:
    """Run `countersign-server tls …` on one data folder, in this process."""
    monkeypatch.setattr("server.cli.to_standard_error", lambda: None)
    monkeypatch.setattr(os, "umask", lambda _mask: 0)

    def run(*words: str) -> tuple[int, str, str]:
        status = main(["tls", *words, "--data", str(tmp_path / "data")])
        told = capsys.readouterr()
        return status, told.out, told.err

    return run


def test_init_makes_all_that_serve_needs_and_the_same_again(command: Command, tmp_path: Path) -> None:
    data = tmp_path / "data"
    status, out, err = command("init", "--name", "console.test", "--ip", "192.0.2.7", "--port", "8999")
    assert status == 0, err
    config = load(None, {}, data=data)
    assert (config.public_url, config.host, config.port) == ("https://console.test:8999", "0.0.0.0", 8999)  # noqa: S104
    [authority] = data.glob("tls/*/authority.pem")
    assert fingerprint(first_in(authority)) in out
    assert "console.test leads nowhere" in err
    for file in data.rglob("*"):
        assert stat.S_IMODE(file.stat().st_mode) == (0o700 if file.is_dir() else 0o600), file
    before = authority.read_bytes()
    assert command("init", "--name", "console.test", "--ip", "192.0.2.7")[0] == 0
    assert [each.read_bytes() for each in data.glob("tls/*/authority.pem")] == [before]
    assert load(None, {}, data=data).port == 8999
    assert command("init", "--name", "other.test")[0] == 0
    assert len(list(data.glob("tls/*/authority.pem"))) == 2


INIT = ("init", "--name", "console.test", "--port", "8999")


@pytest.mark.parametrize("name", ["certificate.pem", "certificate.key"])
@pytest.mark.parametrize("text", ["-----BEGIN nothing", None], ids=["damaged", "missing"])
def test_what_an_authority_can_make_anew_is_made_anew(
    command: Command, tmp_path: Path, name: str, text: str | None
) -> None:
    assert command(*INIT)[0] == 0
    [authority] = (tmp_path / "data").glob("tls/*/authority.pem")
    _lose(authority.with_name(name), text)
    status, _, error = command(*INIT)
    assert status == 0, error
    assert list((tmp_path / "data").glob("tls/*/authority.pem")) == [authority]
    config = load(None, {}, data=tmp_path / "data")
    certificates = Certificates(config, lambda: datetime.now(UTC))
    between(door_of(certificates), trusting(authority), "console.test")


@pytest.mark.parametrize("name", ["authority.pem", "authority.key"])
@pytest.mark.parametrize("text", ["-----BEGIN nothing", None], ids=["damaged", "missing"])
def test_which_file_of_an_authority_is_lost_is_said_with_the_way_out(
    command: Command, tmp_path: Path, name: str, text: str | None
) -> None:
    assert command(*INIT)[0] == 0
    [authority] = (tmp_path / "data").glob("tls/*/authority.pem")
    _lose(lost := authority.with_name(name), text)
    status, out, error = command(*INIT)
    assert (status, out) == (1, "")
    assert f"{lost} is {'damaged' if text else 'missing'}: put" in error
    status, _, error = command(*INIT, "--new-authority")
    assert status == 0, error


def _lose(file: Path, text: str | None) -> None:
    if text is None:
        file.unlink()
    else:
        file.write_text(text)


def test_a_renewal_that_fails_names_the_file_that_is_missing(tmp_path: Path) -> None:
    begun = datetime.now(UTC) - timedelta(days=380)
    certificates, authority = serving(tmp_path, begun)
    (lost := authority.with_name("authority.key")).unlink()
    certificates.tend(begun + timedelta(days=367))
    assert certificates.fault.startswith(f"{lost} is missing: put")


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["init"], "--name"),
        (["init", "--name", "localhost"], "leads every device to itself"),
        (["init", "--name", "no name"], "no name such as"),
        (["init", "--ip", "192.0.2.7"], "--pin-devices"),
        (["init", "--ip", "224.0.0.1", "--pin-devices"], "no address by which others get here"),
        (["init", "--name", "a.test", "--ip", "255.255.255.255"], "no address by which others get here"),
        (["init", "--name", "com"], "every name that ends in .com"),
        (["init", "--name", "a.test", "--host", "192.0.2.7"], "no address of this computer"),
        (
            ["use", "--certificate", "/no", "--key", "/no", "--public-url", "https://a.test"],
            "/no is missing; put it back",
        ),
        (["init", "--name", "a.test", "--port", "8466", "--host", "192.0.2.7"], "no address of this computer"),
        (["init", "--name", "a.test", "--port", "8466", "--host", "nonsense.test"], "no address of this computer"),
        (["init", "--name", "0x7f000001"], "no name such as"),
        (["init", "--name", "a_b.test"], "a_b.test has an underscore"),
        (["proxy", "--public-url", "https://localhost"], "leads every device to itself"),
        (["proxy", "--public-url", "https://192.0.2.7"], "--pin-devices"),
        (["proxy", "--public-url", "https://[2001:db8::7]"], "--pin-devices"),
        (["proxy", "--public-url", "https://a.test", "--trusted-proxy", "0.0.0.0/0"], "0.0.0.0/0 is nearly everybody"),
        (
            ["proxy", "--public-url", "https://a.test", "--trusted-proxy", "::ffff:0:0/96"],
            "write such addresses as IPv4",
        ),
        (["proxy", "--public-url", "https://a.test", "--trusted-proxy", "::/0"], "::/0 is nearly everybody"),
        (
            ["proxy", "--public-url", "https://a.test", "--trusted-proxy", "::/1", "8000::/1"],
            "::/1 is nearly everybody",
        ),
    ],
)
def test_what_cannot_work_is_said_with_the_way_out(
    command: Command, tmp_path: Path, words: list[str], said: str
) -> None:
    status, out, err = command(*words)
    assert (status, out) == (1, "")
    assert said in err
    assert not (tmp_path / "data" / "server.toml").exists()


def test_a_single_word_is_a_name_where_it_leads_here(command: Command, monkeypatch: pytest.MonkeyPatch) -> None:
    here = addresses.own()[0]
    monkeypatch.setattr("server.addresses._lookup", lambda name: [here] if name == "tower" else ["192.0.2.9"])
    status, _, error = command("init", "--name", "attic", "--port", "8999")
    assert (status, "every name that ends in .attic" in error) == (1, True)
    assert command("init", "--name", "tower", "--port", "8999")[0] == 0


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("proxy", "--public-url", "https://127.1"), "is no address such as"),
        (("proxy", "--public-url", "https://0x7f000001"), "is no address such as"),
        (("proxy", "--public-url", "https://2130706433"), "is no address such as"),
        (("proxy", "--public-url", "https://a%2fb.test"), "is no address such as"),
        (("proxy", "--public-url", "https://no name.test"), "is no address such as"),
        (("proxy", "--public-url", "https://cs.test."), "cs.test. ends with a dot"),
        (("proxy", "--public-url", "https://localhost."), "localhost. ends with a dot"),
        (("proxy", "--public-url", "https://cs.test:0"), "has port 0"),
        (("init", "--name", "a.test", "--host", ""), "it is empty"),
    ],
)
def test_what_no_browser_would_call_is_refused(
    command: Command, capsys: pytest.CaptureFixture[str], words: tuple[str, ...], said: str
) -> None:
    with pytest.raises(SystemExit, match="2"):
        command(*words)
    assert said in capsys.readouterr().err


def test_a_dot_at_the_end_makes_no_other_computer_of_this_one() -> None:
    assert is_loopback("localhost.")
    assert is_loopback("x.localhost.")
    assert not is_loopback("localhost.test.")


def test_nobody_listens_everywhere_by_an_empty_setting() -> None:
    with pytest.raises(ConfigError, match="host: it is empty"):
        load(None, {"COUNTERSIGN_HOST": " "})


def test_an_underscore_is_refused_with_the_reason(command: Command, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(ValueError, match="passkeys and certificates do not take such names"):
        origin_of("https://a_b.example")
    with pytest.raises(ConfigError, match=r"public_url: a_b\.example has an underscore"):
        load(None, {"COUNTERSIGN_PUBLIC_URL": "https://a_b.example"})
    with pytest.raises(SystemExit):
        command("proxy", "--public-url", "https://a_b.example")
    assert "has an underscore" in capsys.readouterr().err


def test_an_address_is_kept_as_a_browser_writes_it() -> None:
    assert origin_of("https://[2001:DB8:0::7]:443/") == "https://[2001:db8::7]"
    assert origin_of("https://BÜCHER.example") == "https://xn--bcher-kva.example"


def test_an_address_alone_is_for_phones_with_a_pin(command: Command, tmp_path: Path) -> None:
    assert command("init", "--ip", "192.0.2.7", "--port", "8999", "--pin-devices")[0] == 0
    config = load(None, {}, data=tmp_path / "data")
    assert (config.pin_devices, config.public_url) == (True, "https://192.0.2.7:8999")
    assert command("proxy", "--public-url", "https://192.0.2.7", "--pin-devices")[0] == 0
    config = load(None, {}, data=tmp_path / "data")
    assert (config.pin_devices, config.public_url) == (True, "https://192.0.2.7")


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("outbound_proxy", "http://proxy.example:99999"),
        ("outbound_proxy", "http://proxy.example:port"),
        ("outbound_proxy", "http://proxy.example:0"),
        ("outbound_proxy", "socks5://proxy.example:1080"),
        ("outbound_proxy", "proxy.example:3128"),
        ("trusted_proxies", "10.0.0.0/8, 0.0.0.0/0"),
        ("trusted_proxies", "10.0.0.0/8, 128.0.0.0/1"),
    ],
)
def test_what_no_proxy_can_be_is_refused_when_the_settings_are_read(name: str, value: str) -> None:
    with pytest.raises(ConfigError, match=name) as refused:
        load(None, {f"COUNTERSIGN_{name.upper()}": value})
    assert "this is no http://" in str(refused.value) or "is nearly everybody" in str(refused.value)


@pytest.mark.parametrize(
    ("words", "host"),
    [
        (("init", "--ip", "192.0.2.7", "--pin-devices"), "0.0.0.0"),  # noqa: S104 - all networks are what is meant
        (("init", "--ip", "2001:db8::7", "--pin-devices"), "::"),
        (("init", "--name", "four.test"), "0.0.0.0"),  # noqa: S104 - all networks are what is meant
        (("init", "--name", "four.test", "six.test"), "::"),
        (("init", "--name", "six.test", "--host", "127.0.0.1"), "127.0.0.1"),
        (("use", "--public-url", "https://six.test"), "::"),
    ],
)
def test_it_listens_by_ipv6_where_phones_come_by_that(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, words: tuple[str, ...], host: str
) -> None:
    led = {"four.test": ["192.0.2.7"], "six.test": ["2001:db8::7"]}
    monkeypatch.setattr("server.addresses._lookup", lambda name: led.get(name, []))
    if words[0] == "use":
        theirs = own_for(tmp_path / "theirs", Names.of(["six.test"]), datetime.now(UTC))
        words = (*words, "--certificate", str(theirs.certificate), "--key", str(theirs.key))
    status, _, error = command(*words, "--port", "8999")
    assert status == 0, error
    assert load(None, {}, data=tmp_path / "data").host == host


def test_an_address_that_the_computer_lost_is_told_from_a_port_that_is_taken(tmp_path: Path) -> None:
    made = own_for(tmp_path, NAMES, datetime.now(UTC))
    files = {"tls_certificate": made.certificate, "tls_key": made.key}
    config = load(None, {}, data=tmp_path, host="192.0.2.77", port=free_port(), public_url="https://a.test", **files)
    with pytest.raises(ConfigError, match="is no address of this computer"):
        bind(config)


@pytest.mark.skipif(not has_ipv6(), reason="this computer has no IPv6")
def test_everywhere_by_ipv6_is_by_both_or_not_at_all(tmp_path: Path) -> None:
    made = own_for(tmp_path, NAMES, datetime.now(UTC))
    files = {"tls_certificate": made.certificate, "tls_key": made.key}
    config = load(None, {}, data=tmp_path, host="::", port=free_port(), public_url="https://console.test", **files)
    bound = bind(config)
    for each in bound.sockets:
        each.listen()
    for address in ("127.0.0.1", "::1"):
        socket.create_connection((address, config.port), timeout=20).close()
    bound.close()
    with socket.create_server(("::", config.port), family=socket.AF_INET6):
        with pytest.raises(ConfigError, match="cannot be used"):
            bind(config)
        assert _free("::", config.port) != config.port
    bind(config).close()


def test_that_phones_may_have_a_pin_is_told_and_taken_back(command: Command, tmp_path: Path) -> None:
    data = tmp_path / "data"
    assert command("init", "--ip", "192.0.2.7", "--port", "8999", "--pin-devices")[0] == 0
    status, _, error = command("no-pins")
    assert (status, "is an address without a name" in error) == (1, True)
    _, _, error = command("init", "--name", "console.test")
    assert "may still confirm with a PIN" in error
    assert "may still confirm with a PIN" in command("off")[2]
    assert '"pin_devices": true' in command("off", "--json")[1]
    assert command("no-pins")[0] == 0
    assert not load(None, {}, data=data).pin_devices
    assert "PIN" not in command("off")[2]


def test_certificates_of_others_are_used_where_they_fit(command: Command, tmp_path: Path) -> None:
    held = own_for(tmp_path / "theirs", Names.of(["console.test"]), datetime.now(UTC))
    files = ("--certificate", str(held.certificate), "--key", str(held.key))
    status, _, err = command("use", *files, "--public-url", "https://other.test")
    assert (status, "not for other.test" in err) == (1, True)
    for days, said in ((30, "is valid from"), (-800, "get a new one")):
        when = datetime.now(UTC) + timedelta(days=days)
        other = own_for(tmp_path / f"others{days}", Names.of(["console.test"]), when)
        others = ("--certificate", str(other.certificate), "--key", str(other.key))
        status, _, err = command("use", *others, "--public-url", "https://console.test:9443")
        assert (status, said in err) == (1, True)
    assert command("use", *files, "--public-url", "https://console.test:9443")[0] == 0
    config = load(None, {}, data=tmp_path / "data")
    assert (config.tls_certificate, config.port) == (held.certificate, 9443)


@pytest.mark.parametrize("there", [None, "hold = 60\n"])
def test_what_does_not_go_together_is_refused_before_it_is_written(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, there: str | None
) -> None:
    monkeypatch.setenv("COUNTERSIGN_HOST", EVERYWHERE[0])
    file = tmp_path / "data/server.toml"
    if there:
        file.parent.mkdir()
        file.write_text(there)
    monkeypatch.setattr("server.tls_commands._keepers", lambda _: Keepers(Config(), ()))
    status, out, error = command("proxy", "--public-url", "https://p.test", "--port", "8999")
    assert (status, out, "needs TLS" in error) == (1, "", True)
    assert (file.read_text() if file.exists() else None) == there


@pytest.mark.parametrize("words", [("init", "--name", "a.test", "--port", "8999"), ("off",)])
def test_who_has_opened_it_by_hand_gets_on_by_the_command_that_is_named(
    command: Command, tmp_path: Path, words: tuple[str, ...]
) -> None:
    file = tmp_path / "data/server.toml"
    file.parent.mkdir()
    file.write_text(f'host = "{EVERYWHERE[0]}"\n')
    status, _, error = command(*words)
    assert status == 0, error
    assert load(None, {}, data=file.parent).loopback is (words[0] == "off")


def test_what_the_environment_says_is_named_where_it_counts(
    command: Command, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COUNTERSIGN_HOST", EVERYWHERE[0])
    assert command("init", "--name", "a.test", "--port", "8999")[0] == 0
    status, _, error = command("off")
    assert (status, "COUNTERSIGN_HOST is set, and counts: take that back" in error) == (1, True)
    assert load(None, {}, data=tmp_path / "data").tls
    made = own_for(tmp_path / "theirs", NAMES, datetime.now(UTC))
    for name, value in {"TLS_CERTIFICATE": made.certificate, "TLS_KEY": made.key}.items():
        monkeypatch.setenv(f"COUNTERSIGN_{name}", str(value))
    monkeypatch.setenv("COUNTERSIGN_PUBLIC_URL", "https://console.test")
    for words in (("off",), ("init", "--name", "a.test", "--port", "8999")):
        status, out, error = command(*words)
        assert (status, "reached" in out) == (0, False)
        told = [line for line in error.splitlines() if line.startswith("But ")]
        named = ("HOST", "PUBLIC_URL", "TLS_CERTIFICATE", "TLS_KEY")[words[0] != "off" :]
        assert [line.split()[1] for line in told] == [f"COUNTERSIGN_{each}" for each in named]
    assert "But COUNTERSIGN_PUBLIC_URL is set, and counts: https://console.test. Take that back." in told


def test_what_has_to_go_from_settings_that_are_not_changed_by_themselves_is_named(tmp_path: Path) -> None:
    file = tmp_path / "server.toml"
    file.write_text('trusted_proxies = [\n  "127.0.0.1/32",\n]\nport = 8400\n')
    with pytest.raises(ConfigError, match=r"by hand: port = 8443; and take out of it by hand: trusted_proxies$"):
        change(file, {"port": 8443, "trusted_proxies": None})
    with pytest.raises(ConfigError, match=r"by itself; take out of it by hand: trusted_proxies$"):
        change(file, {"trusted_proxies": None, "host": None})


def test_off_claims_nothing_of_a_folder_that_is_not_there_or_was_never_reachable(
    command: Command, tmp_path: Path
) -> None:
    for word in ("off", "no-pins"):
        status, out, error = command(word)
        assert (status, out, "--data DIR" in error) == (1, "", True)
    (tmp_path / "data").mkdir()
    status, out, _ = command("off")
    assert (status, "on this computer alone already" in out) == (0, True)
    assert list((tmp_path / "data").iterdir()) == []


def test_a_proxy_in_front_and_back_again(command: Command, tmp_path: Path) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data/port").write_text("8811")
    assert command("init", "--name", "console.test", "--port", "8999")[0] == 0
    status, out, _ = command("proxy", "--public-url", "https://console.example.com")
    assert (status, "http://127.0.0.1:8811" in out) == (0, True)
    config = load(None, {}, data=tmp_path / "data")
    assert (config.loopback, config.tls, config.port) == (True, False, 8811)
    assert [str(each) for each in config.trusted_proxies] == ["127.0.0.1/32", "::1/128"]
    assert command("off")[0] == 0
    assert load(None, {}, data=tmp_path / "data") == Config(data=tmp_path / "data")


def test_every_proxy_that_is_named_is_written(command: Command, tmp_path: Path) -> None:
    words = ("proxy", "--public-url", "https://a.test", "--trusted-proxy", "10.1.1.1", "--trusted-proxy", "10.2.2.2")
    assert command(*words)[0] == 0
    config = load(None, {}, data=tmp_path / "data")
    assert [str(each) for each in config.trusted_proxies] == ["10.1.1.1/32", "10.2.2.2/32"]
