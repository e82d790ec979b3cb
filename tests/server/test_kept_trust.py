"""Phones keep their address and whom they trust there: no other certificate takes its place, and none is lost."""

import errno
import json
import shutil
import socket
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from unittest.mock import Mock

import pytest

from server.config import EVERYWHERE, THIS_PROXY, Config, ConfigError, load
from server.contract.reach import OriginDevice
from server.eras import Era, eras, note
from server.holdings import Holding, own_for
from server.keepers import Keepers
from server.listening import bind, bind_all
from server.reach import Reach
from server.tls import Names
from tests.both import on_sqlite
from tests.living import LivingServer
from tests.server.keeping import anew, files, is_active, set_up_at
from tests.server.reaching import COLLEAGUES_PASSWORD, free_port, invited, led, phone_of
from tests.server.storing import Gate

NAME = "nw-server.test"
NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def _names() -> Iterator[None]:
    with led():
        yield


@on_sqlite
def test_files_that_phones_do_not_trust_are_refused_at_the_address_that_they_keep(
    server: LivingServer, tmp_path: Path
) -> None:
    _, phone, port = set_up_at(server, NAME, tmp_path / "trusted.pem")
    _, use = files(tmp_path / "theirs", NAME)
    for words in ((phone.origin,), (f"https://{NAME}", "--port", str(port))):
        done = anew(server, *use, *words)
        assert (done.returncode, done.stdout) == (1, "")
        assert f"“Pixel 9” of amelia.hart keeps {phone.origin} and trusts this server's own authority" in done.stderr
        assert is_active(phone)
    assert "choose --port" in done.stderr
    other = f"https://{NAME}:{free_port()}"
    done = anew(server, *use, other)
    assert done.returncode == 0
    assert (server.url, is_active(phone)) == (other, True)
    assert anew(server, "init", "--name", NAME, "--port", str(port)).returncode == 0
    assert (server.url, is_active(phone)) == (phone.origin, True)


@on_sqlite
def test_files_that_systems_trust_are_taken_and_the_own_authority_comes_back_for_who_has_it(
    server: LivingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    console, phone, port = set_up_at(server, NAME, tmp_path / "trusted.pem")
    colleague, grant = invited(console, phone, "jonas")
    public, use = files(tmp_path / "theirs", NAME)
    monkeypatch.setenv("SSL_CERT_FILE", str(public))
    done = anew(server, *use, phone.origin)
    said = f"“Pixel 9” of amelia.hart keeps {phone.origin}: it goes on where it trusts the new certificate."
    assert (done.returncode, done.stderr.strip()) == (0, said)
    with (tmp_path / "trusted.pem").open("a") as both:
        both.write(public.read_text())
    assert is_active(phone)
    back = ("init", "--name", NAME, "--port", str(port))
    assert anew(server, *back).returncode == 0
    assert is_active(phone)

    assert anew(server, *use, phone.origin).returncode == 0
    colleague._http.verify, theirs = str(public), phone_of(public, "iPhone 16")
    on = colleague.enrol(theirs, "jonas", COLLEAGUES_PASSWORD, grant)
    assert theirs.approve(on["id"], on["code"]) == "executed"
    done = anew(server, *back)
    assert (done.returncode, "“iPhone 16” of jonas was set up" in done.stderr) == (1, True)
    assert "Pixel 9" not in done.stderr
    assert is_active(phone)
    assert is_active(theirs)


@on_sqlite
def test_another_name_at_the_port_that_phones_keep_leaves_them_their_certificate(
    server: LivingServer, tmp_path: Path
) -> None:
    _, phone, port = set_up_at(server, NAME, tmp_path / "trusted.pem")
    for place, names in enumerate(((NAME,), ("other.test",), ("other.test", NAME))):  # which are all held from then on
        _, use = files(tmp_path / str(place), *names)
        url = (
            (f"https://{names[0]}:{free_port()}",) if names[0] == NAME else ("https://other.test", "--port", str(port))
        )
        done = anew(server, *use, *url)
        assert done.returncode == 0, done.stderr
        assert is_active(phone), names
    assert anew(server, "off").returncode == 0
    assert is_active(phone)


@on_sqlite
def test_each_port_of_a_name_goes_on_with_the_authority_of_its_phones(server: LivingServer, tmp_path: Path) -> None:
    console, phone, _ = set_up_at(server, NAME, tmp_path / "trusted.pem")
    colleague, grant = invited(console, phone, "jonas")
    server.stop()
    done = server.run("tls", "init", "--name", NAME, "other.test", "--port", str(free_port()), "--json")
    server.start()
    trusted = Path(shutil.copy(json.loads(done.stdout)["ca"], tmp_path / "theirs.pem"))
    colleague.url, colleague._http.verify, theirs = server.url, str(trusted), phone_of(trusted, "iPhone 16")
    on = colleague.enrol(theirs, "jonas", COLLEAGUES_PASSWORD, grant)
    assert theirs.approve(on["id"], on["code"]) == "executed"
    for words in (("init", "--name", "third.test", "--port", str(free_port())), ("off",)):
        assert anew(server, *words).returncode == 0
        assert is_active(phone), words
        assert is_active(theirs), words


@on_sqlite
def test_a_certificate_that_is_lost_is_replaced_by_none_and_may_come_back(server: LivingServer, tmp_path: Path) -> None:
    _, phone, _ = set_up_at(server, NAME, tmp_path / "trusted.pem")
    [own] = [each.parent for each in (server.data / "tls").rglob("authority.pem")]
    _, use = files(tmp_path / "others", NAME)
    assert anew(server, *use, f"https://{NAME}:{free_port()}").returncode == 0
    assert is_active(phone)
    server.stop()
    shutil.move(own, tmp_path / "lost")
    server.start()
    assert f"{phone.origin} is not served" in server.log()
    server.stop()
    shutil.move(tmp_path / "lost", own)
    server.start()
    assert is_active(phone)


@on_sqlite
def test_a_port_that_a_router_forwards_to_stays_the_one_of_its_phones(server: LivingServer, tmp_path: Path) -> None:
    authority, use = files(tmp_path / "theirs", NAME)
    port = free_port()
    router = Gate(port)
    origin = f"https://{NAME}:{router.endpoint.rpartition(':')[2]}"
    console = server.set_up()
    assert anew(server, *use, origin, "--port", str(port)).returncode == 0
    phone = phone_of(authority)
    console.url, console._http.verify = origin, str(authority)
    on = console.enrol(phone)
    assert phone.approve(on["id"], on["code"]) == "executed"
    refused = anew(server, "proxy", "--public-url", "https://proxy.test", "--port", str(port))
    assert f"port {port} goes on being served for phones that keep {origin}" in refused.stderr
    assert anew(server, "init", "--name", "new.test", "--port", str(free_port())).returncode == 0
    assert is_active(phone)
    router.go()


@on_sqlite
def test_a_proxy_at_the_address_that_phones_keep_is_said_to_need_their_trust_and_to_stay(
    server: LivingServer, tmp_path: Path
) -> None:
    _, phone, port = set_up_at(server, NAME, tmp_path / "trusted.pem")
    keeps, upstream = f"“Pixel 9” of amelia.hart keeps {phone.origin}: ", free_port()
    done = anew(server, "proxy", "--public-url", phone.origin, "--port", str(upstream))
    needs = "the proxy has to answer there from then on, by a certificate that this phone trusts."
    assert (done.returncode, done.stderr.strip()) == (0, keeps + needs)
    done = anew(server, "off")
    assert f"{keeps}the proxy there has to go on forwarding to http://127.0.0.1:{upstream} until" in done.stderr
    assert "stays open on the network" not in done.stderr
    socket.create_connection(("127.0.0.1", upstream), 10).close()
    assert anew(server, "init", "--name", NAME, "--port", str(port)).returncode == 0
    assert is_active(phone)


@on_sqlite
def test_a_proxy_is_given_another_port_where_phones_keep_the_one_of_before_by_tls(
    server: LivingServer, tmp_path: Path
) -> None:
    _, phone, port = set_up_at(server, NAME, tmp_path / "trusted.pem")
    (server.data / "port").write_text(str(port))
    done = anew(server, "proxy", "--public-url", "https://proxy.test", "--json")
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["upstream"] != f"http://127.0.0.1:{port}"
    assert is_active(phone)


@on_sqlite
def test_whoever_went_other_ways_comes_back_to_the_authority_that_phones_trust(
    server: LivingServer, tmp_path: Path
) -> None:
    _, phone, port = set_up_at(server, NAME, tmp_path / "trusted.pem")
    _, use = files(tmp_path / "theirs", "third.test")
    for words in (
        ("proxy", "--public-url", "https://proxy.test", "--port", str(free_port())),
        ("off",),
        ("init", "--name", "second.test", "--port", str(free_port())),
        (*use, f"https://third.test:{free_port()}"),
        ("init", "--name", NAME, "--port", str(port)),
    ):
        done = anew(server, *words)
        assert done.returncode == 0, done.stderr
        assert is_active(phone), words
    assert server.url == phone.origin


def phone_at(origin: str, enrolled_at: datetime = NOW) -> OriginDevice:
    return OriginDevice(id="1", name="Pixel 9", username="amelia.hart", origin=origin, enrolled_at=enrolled_at)


def keeping(data: Path, there: Holding, *phones: OriginDevice) -> Keepers:
    """Return phones that were set up where this was presented."""
    era = Era(NOW, 8443, EVERYWHERE[0], there.certificate, there.key)
    note(data, {each.origin: era for each in phones}, forget=True)
    return Keepers(Config(data=data), phones)


def presenting(certificate: Path | None, port: int = 8443, host: str = EVERYWHERE[0]) -> Config:
    """Return the settings of a server that listens there, by TLS of its own where it has a certificate."""
    return Config(host=host, port=port, tls_certificate=certificate)


def test_who_calls_an_address_meets_what_is_presented_at_another_one_of_its_port(tmp_path: Path) -> None:
    there = own_for(tmp_path, Names.of([NAME, "192.0.2.7"]), NOW)
    keepers = keeping(tmp_path, there, phone_at("https://192.0.2.7:8443"))
    other = own_for(tmp_path / "other", Names.of(["192.0.2.8"]), NOW)
    with pytest.raises(ConfigError, match=r"keeps https://192\.0\.2\.7:8443 .* choose --port"):
        keepers.require_trust(other.certificate, other.key, "https://192.0.2.8:8443", 8443)
    for origin in ("https://192.0.2.8:8444", "https://192.0.2.8.test:8443"):
        port = int(origin[-4:])
        keepers.require_trust(other.certificate, other.key, origin, port)
    with pytest.raises(
        ConfigError, match=r"was set up at https://192\.0\.2\.7:8443 under another authority"
    ) as refused:
        keepers.authority_for(Names.of(["192.0.2.8"]), "https://192.0.2.8:8443", 8443, NOW)
    assert "--new-authority" not in str(refused.value), "which would not be for that address"
    with pytest.raises(ConfigError, match=r"was set up at https://192\.0\.2\.7:8443 under another authority"):
        keepers.authority_for(Names.of(["192.0.2.8"]), "https://192.0.2.8:8443", 8443, NOW, anew=True)
    both = Names.of(["192.0.2.8", "192.0.2.7"])
    assert keepers.authority_for(both, "https://192.0.2.8:8443", 8443, NOW, anew=True) is None
    assert keepers.authority_for(Names.of(["other.test"]), "https://other.test:8443", 8443, NOW) is None
    assert keepers.authority_for(Names.of([NAME]), f"https://{NAME}:8443", 8443, NOW) == there


def test_where_nothing_is_known_of_the_current_address_it_is_at_the_port_of_now(tmp_path: Path) -> None:
    certificate, key = tmp_path / "a.pem", tmp_path / "a.key"
    now = Config(data=tmp_path, port=8443, public_url="https://a.test", tls_certificate=certificate, tls_key=key)
    keepers = Keepers(now, [])
    assert (keepers.listens_at("https://a.test"), keepers.listens_at("https://b.test")) == (8443, 443)


def test_an_address_under_files_of_others_meets_no_other_ones(tmp_path: Path) -> None:
    there, other = (own_for(tmp_path / each, Names.of([each]), NOW) for each in ("192.0.2.7", "other.test"))
    keepers = keeping(tmp_path, there, phone_at("https://192.0.2.7:8443"))
    with pytest.raises(ConfigError, match=r"trusts the certificate of before there, not this one, .* choose --port"):
        keepers.require_trust(other.certificate, other.key, "https://192.0.2.8:8443", 8443)
    keepers.require_trust(other.certificate, other.key, "https://192.0.2.8:8444", 8444)


def test_whom_phones_trust_that_were_set_up_under_files_of_others_is_not_known(tmp_path: Path) -> None:
    own_for(tmp_path, Names.of([NAME]), NOW)  # for another phone
    first, second = (own_for(tmp_path / each, Names.of([NAME]), NOW) for each in ("first", "second"))
    phone = phone_at(origin := f"https://{NAME}:8443")
    keepers = keeping(tmp_path, first, phone)
    keepers.require_trust(second.certificate, second.key, origin, 8443)
    assert "it goes on where it trusts the new certificate" in keepers.said_of(
        phone, origin, presenting(second.certificate)
    )
    assert keepers.said_of(phone, origin, presenting(first.certificate)) == ""
    with pytest.raises(ConfigError, match="under another authority"):
        keepers.authority_for(Names.of([NAME]), origin, 8443, NOW)


def test_who_arrives_at_another_port_or_in_fewer_networks_from_then_on_is_named(tmp_path: Path) -> None:
    there = own_for(tmp_path, Names.of([NAME]), NOW)
    keepers = keeping(tmp_path, there, phone := phone_at(origin := f"https://{NAME}"))  # forwarded by a router
    assert keepers.said_of(phone, origin, presenting(there.certificate)) == ""
    told = keepers.said_of(phone, origin, presenting(there.certificate, 9443))
    assert told.endswith(f"{origin}: it arrives at port 8443 until now, so let a router forward it to port 9443.")
    told = keepers.said_of(phone, origin, presenting(there.certificate, host="192.0.2.7"))
    assert told.endswith(f"{origin}: it gets in only in the network of 192.0.2.7.")
    assert keepers.said_of(phone, origin, presenting(there.certificate, host="::")) == ""
    wide = Era(NOW, 8443, "::", there.certificate, there.key)
    note(tmp_path, {origin: wide}, forget=True)
    told = Keepers(Config(data=tmp_path), [phone]).said_of(phone, origin, presenting(there.certificate))
    assert told.endswith(f"{origin}: it gets in only by IPv4.")
    proxied = Era(NOW + timedelta(days=1), 8400, "localhost", believed=THIS_PROXY)
    note(tmp_path, {origin: proxied}, forget=True)
    told = Keepers(Config(data=tmp_path), [phone]).said_of(phone, origin, presenting(there.certificate, 443))
    assert told == ""


def test_files_that_were_replaced_by_those_of_another_name_are_refused_while_a_phone_needs_them(tmp_path: Path) -> None:
    there, other = (own_for(tmp_path / each, Names.of([each]), NOW) for each in (NAME, "other.test"))
    keepers = keeping(tmp_path, there, phone := phone_at(f"https://{NAME}:8443"))
    for old, new in ((there.certificate, other.certificate), (there.key, other.key)):
        old.write_bytes(new.read_bytes())
    with pytest.raises(ConfigError, match=rf"meets {there.certificate} there, which is for others by now: put that"):
        keepers.require_trust(there.certificate, there.key, "https://other.test:9443", 9443)
    there.certificate.unlink()
    assert "which is not served" in keepers.said_of(phone, "https://new.test", presenting(other.certificate, 443))


def test_a_port_that_is_open_to_all_networks_for_phones_is_not_taken_on_one_alone(tmp_path: Path) -> None:
    there = own_for(tmp_path, Names.of([NAME]), NOW)
    keepers = keeping(tmp_path, there, phone_at(f"https://{NAME}:8443"))
    with pytest.raises(ConfigError, match=r"port 8443 stays open to all networks .* cannot be on 127\.0\.0\.1 alone"):
        keepers.require_open(8443, "127.0.0.1", "https://other.test:8443")
    keepers.require_open(8443, "127.0.0.1", f"https://{NAME}:8443")  # that is what is asked for
    keepers.require_open(8443, "::", "https://other.test:8443")
    keepers.require_open(8444, "127.0.0.1", "https://other.test:8444")


def test_of_two_authorities_for_the_names_it_is_the_one_that_phones_there_have(tmp_path: Path) -> None:
    names = Names.of([NAME])
    one, two = (own_for(tmp_path, names, NOW) for _ in range(2))
    for there in (one, two):
        keepers = keeping(tmp_path, there, phone_at(f"https://{NAME}:8443"))
        assert keepers.authority_for(names, f"https://{NAME}:8443", 8443, NOW) == there
        late = NOW + timedelta(days=3500)  # a new certificate would outlive the authority
        assert keepers.authority_for(names, f"https://{NAME}:8443", 8443, late) == there
        assert keepers.authority_for(names, f"https://{NAME}:8444", 8444, late) is None


def test_what_is_presented_now_stays_though_phones_were_set_up_under_another_authority(tmp_path: Path) -> None:
    names, origin = Names.of([NAME]), f"https://{NAME}:8443"
    before, new = own_for(tmp_path, names, NOW), own_for(tmp_path, names, NOW)  # which each phone was told to install
    keepers = keeping(tmp_path, before, phone_at(origin), phone_at(origin, NOW + timedelta(days=3)))
    again = Era(NOW + timedelta(days=2), 8443, EVERYWHERE[0], new.certificate, new.key)
    note(tmp_path, {origin: again}, forget=True)
    now = Config(data=tmp_path, public_url=origin, tls_certificate=new.certificate, tls_key=new.key)
    for config in (now, Config(data=tmp_path)):
        assert Keepers(config, keepers.phones).authority_for(names, origin, 8443, NOW) == new
    other = f"https://{NAME}"  # to which a router leads from another port
    assert "it goes on where it trusts" in keepers.said_of(phone_at(origin), other, presenting(new.certificate))
    assert "see that this still leads here" in keepers.said_of(
        phone_at(origin), other, presenting(new.certificate, 8444)
    )


def test_a_port_may_be_served_otherwise_for_the_address_that_moves_itself(tmp_path: Path) -> None:
    there = own_for(tmp_path, Names.of([NAME]), NOW)
    keepers = keeping(tmp_path, there, phone_at(origin := f"https://{NAME}:8443"))
    keepers.require_apart(8443, origin, tls=False)
    with pytest.raises(ConfigError, match="goes on being served"):
        keepers.require_apart(8443, f"https://{NAME}:8444", tls=False)


def test_what_is_written_of_an_origin_lasts_as_long_as_it_is_served(tmp_path: Path) -> None:
    files = {name: (tmp_path / "tls" / name / "c.pem", Path("/etc/key.pem")) for name in ("one", "two")}
    two = Era(NOW, 1, "localhost", *files["two"])
    for days, by in enumerate(("one", "one", None, "one")):
        since = NOW + timedelta(days=days)
        one = Era(since, 1, "::", *files[by]) if by else Era(since, 2, "localhost", believed=THIS_PROXY)
        note(tmp_path, {"https://a.test": one, "https://b.test": replace(two, since=since)}, forget=True)
    known = eras(tmp_path)["https://a.test"]
    assert [(each.certificate, each.key, each.port, each.host, each.believed) for each in known] == [
        (*files["one"], 1, "::", ()),
        (None, None, 2, "localhost", THIS_PROXY),
        (*files["one"], 1, "::", ()),
    ]
    assert json.loads((tmp_path / "presented.json").read_text())["https://a.test"][0]["certificate"] == "tls/one/c.pem"
    note(tmp_path, {"https://b.test": None}, forget=False)
    assert set(eras(tmp_path)) == {"https://a.test", "https://b.test"}
    note(tmp_path, {"https://b.test": None}, forget=True)
    assert eras(tmp_path) == {"https://b.test": [two]}


def test_what_an_earlier_version_wrote_of_origins_still_counts(tmp_path: Path) -> None:
    (tmp_path / "tls/theirs").mkdir(parents=True)
    (tmp_path / "tls/theirs/about.json").write_text('{"certificate": "/etc/c.pem", "key": "/etc/k.pem", "host": "::"}')
    front = {"https://p.test": {"port": 8400, "believed": ["127.0.0.1/32"]}}
    (tmp_path / "proxied.json").write_text(json.dumps(front))
    told = [
        {"since": NOW.isoformat(), "by": by, "port": port} for by, port in (("own", 8444), ("theirs", 0), (None, 0))
    ]
    (tmp_path / "presented.json").write_text(json.dumps({"https://p.test": told, "https://q.test": told[2:]}))
    own, theirs, proxy = eras(tmp_path)["https://p.test"]
    assert (own.certificate, own.port) == (tmp_path / "tls/own/certificate.pem", 8444)
    assert (theirs.certificate, theirs.key, theirs.port) == (Path("/etc/c.pem"), Path("/etc/k.pem"), 443)
    assert (proxy.tls, proxy.port, list(map(str, proxy.believed))) == (False, 8400, ["127.0.0.1/32"])
    assert eras(tmp_path)["https://q.test"] == [Era(NOW, 0, "")]


@pytest.mark.parametrize(
    "text",
    [
        "[",
        "[" * 100_000,
        '{"https://a.test": [{"since": "2026-01-01T00:00", "by": null}, {"since": "2026-01-02T00:00", "by": "a"}]}',
        None,
    ],
    ids=["no JSON", "deep", "no time zone", "a folder"],
)
def test_what_is_written_of_origins_and_cannot_be_read_is_put_aside_and_said_once(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, text: str | None
) -> None:
    file = tmp_path / "presented.json"
    if text is None:
        file.mkdir()
    else:
        file.write_text(text)
    keepers = Keepers(Config(data=tmp_path), [phone_at("https://a.test")])
    assert keepers.authority_for(Names.of(["b.test"]), "https://b.test", 443, NOW) is None
    with pytest.raises(ConfigError, match="under another authority"):
        keepers.authority_for(Names.of(["a.test"]), "https://a.test", 443, NOW)
    note(tmp_path, {"https://a.test": Era(NOW, 1, "::", Path("/c"), Path("/k"))}, forget=True)
    assert [each.port for each in eras(tmp_path)["https://a.test"]] == [1]
    [warned] = caplog.messages
    assert warned.startswith(f"{file} cannot be read")
    aside = tmp_path / "presented.json.unreadable"
    assert aside.is_dir() if text is None else aside.read_text() == text


def test_what_cannot_be_read_for_a_while_is_left_as_it_is(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    known = {"https://a.test": [Era(NOW, 1, "::", Path("/c"), Path("/k"))]}
    note(tmp_path, {"https://a.test": known["https://a.test"][0]}, forget=True)
    with monkeypatch.context() as patch:
        patch.setattr(Path, "read_text", Mock(side_effect=OSError(errno.EIO, "Input/output error")))
        assert eras(tmp_path) == {}
        note(tmp_path, {"https://b.test": Era(NOW, 2, "::", Path("/c"), Path("/k"))}, forget=True)
    assert eras(tmp_path) == known
    assert all("cannot be read" in each for each in caplog.messages)
    assert caplog.messages


def test_behind_a_proxy_an_old_address_of_which_nobody_knows_the_way_is_warned_of(tmp_path: Path) -> None:
    port, old = free_port(), "https://old.test"
    config = load(None, {}, data=tmp_path, port=port, public_url="https://new.test")
    reach = Reach(config, config.public_url, lambda: NOW)
    reach.see(frozenset({old, config.public_url}))
    for listener in bind_all(config, bind(config), reach, forget=True):
        listener.close()
    assert (reach.fault_at(old), reach.warning_at(config.public_url)) == ("", "")
    assert reach.warning_at(old) == (
        f"nobody knows any more where the proxy there forwards to: let it forward to http://127.0.0.1:{port}, or enrol "
        "its phones anew"
    )


def test_what_cannot_be_put_aside_or_written_is_said_and_keeps_nobody_from_starting(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "presented.json").mkdir()
    (tmp_path / "presented.json.unreadable").write_text("of before")
    note(tmp_path, {"https://a.test": Era(NOW, 1, "::", Path("/c"), Path("/k"))}, forget=True)
    assert [each.split(":")[0] for each in caplog.messages] == [
        f"{tmp_path / 'presented.json'} cannot be read, and counts as nothing",
        f"{tmp_path / 'presented.json'} cannot be written",
    ]
