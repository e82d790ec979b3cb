"""Old addresses stay served: by the port, in the networks and with the files by which phones found them."""

import json
import shutil
import socket
import ssl
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.both import on_sqlite
from tests.living import LivingServer, TestConsole
from tests.proving import wait_for
from tests.server.keeping import anew, behind_proxy, files, is_active, moved, renewed, set_up_at
from tests.server.reaching import COLLEAGUES_PASSWORD, free_port, handshake, invited, led, phone_of
from tests.server.storing import Gate
from tests.server.test_origins import outside, server_console

NAME = "nw-server.test"


@pytest.fixture(autouse=True)
def _names() -> Iterator[None]:
    with led():
        yield


@on_sqlite
def test_each_name_at_a_port_has_its_own_authority_though_another_one_is_presented_now(
    server: LivingServer, tmp_path: Path
) -> None:
    console, phone, port = set_up_at(server, NAME, tmp_path / "trusted.pem")
    colleague, grant = invited(console, phone, "jonas")
    server.stop()
    done = server.run("tls", "init", "--name", "a.test", NAME, "--port", str(port), "--json")
    assert done.returncode == 0, done.stderr
    server.start()
    trusted = Path(shutil.copy(json.loads(done.stdout)["ca"], tmp_path / "theirs.pem"))
    colleague.url, colleague._http.verify, theirs = server.url, str(trusted), phone_of(trusted, "iPhone 16")
    on = colleague.enrol(theirs, "jonas", COLLEAGUES_PASSWORD, grant)
    assert theirs.approve(on["id"], on["code"]) == "executed"
    done = anew(server, "init", "--name", NAME, "a.test", "--port", str(free_port()))
    assert done.returncode == 0, done.stderr
    assert (is_active(phone), is_active(theirs)) == (True, True)
    with pytest.raises(ssl.SSLCertVerificationError):
        handshake(port, "a.test", tmp_path / "trusted.pem")


@on_sqlite
def test_files_that_are_named_in_the_settings_by_hand_stay_served_as_well(server: LivingServer, tmp_path: Path) -> None:
    console, port = server.set_up(), free_port()
    authority, (_, _, certificate, _, key, _) = files(tmp_path / "theirs", NAME)
    origin = f"https://{NAME}:{port}"
    server.stop()
    (server.data / "server.toml").write_text(
        f'host = "127.0.0.1"\nport = {port}\npublic_url = "{origin}"\n'
        f'tls_certificate = "{certificate}"\ntls_key = "{key}"\n'
    )
    server.start()
    console.url, console._http.verify, phone = origin, str(authority), phone_of(authority)
    on = console.enrol(phone)
    assert phone.approve(on["id"], on["code"]) == "executed"
    done = anew(server, "off")
    assert f"keeps {origin}: this stays open on the network" in done.stderr
    assert is_active(phone)
    assert faults(server, console) == []
    theirs, at = Path(certificate), Path(certificate).with_suffix(".away")
    server.stop()
    theirs.rename(at)
    server.start()
    assert faults(server, console) == [f"{theirs} is missing; put it back, or choose another one"]


def here(server: LivingServer, before: TestConsole) -> TestConsole:
    """Return the console of this computer, which needs no certificate, signed in as it was."""
    console = server_console(server, before)
    console.url = json.loads((server.data / "server.json").read_text())["local"]
    return console


def faults(server: LivingServer, before: TestConsole) -> list[str]:
    """Return what is said of old addresses, as long as the health says so."""
    console = here(server, before)
    told = [each["fault"] for each in console.call("GET", "/origins")["items"] if each["fault"]]
    assert ("old_origin_not_served" in console.call("GET", "/health")["details"]["warnings"]) is bool(told)
    return told


@on_sqlite
def test_an_old_address_stays_in_the_networks_where_phones_found_it(server: LivingServer, tmp_path: Path) -> None:
    _, phone, port = set_up_at(server, NAME, tmp_path / "trusted.pem")
    assert port in outside(server)
    done = anew(server, "init", "--name", NAME, "--port", str(free_port()), "--host", "127.0.0.1")
    assert (done.returncode, outside(server), is_active(phone)) == (0, {port}, True)
    done = anew(server, "init", "--name", "other.test", "--port", str(port), "--host", "127.0.0.1")
    assert f"port {port} stays open to all networks for phones that keep {phone.origin}" in done.stderr
    assert (done.returncode, outside(server), is_active(phone)) == (1, {port}, True)


@on_sqlite
def test_without_a_file_of_settings_phones_keep_their_port_too(server: LivingServer) -> None:
    _, phone = server.protected()
    port = phone.origin.rpartition(":")[2]
    assert not (server.data / "server.toml").exists()
    done = anew(server, "init", "--name", NAME, "--port", port)
    assert f"port {port} goes on being served for phones that keep {phone.origin}" in done.stderr
    assert (done.returncode, is_active(phone)) == (1, True)


@on_sqlite
def test_a_new_key_beside_a_renewed_certificate_is_the_one_that_counts(server: LivingServer, tmp_path: Path) -> None:
    server.set_up()
    authority, use = files(tmp_path / "theirs", NAME)
    port, key = free_port(), Path(use[4])
    assert anew(server, *use, f"https://{NAME}:{port}").returncode == 0
    key.rename(moved := key.with_name("moved.key"))
    assert anew(server, *use[:4], str(moved), use[5], f"https://{NAME}:{port}").returncode == 0
    handshake(port, NAME, authority).close()


@on_sqlite
def test_a_port_that_cannot_be_shared_is_left_to_its_phones(server: LivingServer, tmp_path: Path) -> None:
    _, phone, port = set_up_at(server, NAME, tmp_path / "trusted.pem")
    assert anew(server, "off").returncode == 0
    server.stop()
    with socket.create_server(("", port)):
        done = server.run("tls", "init", "--name", NAME, "--json")
        assert (done.returncode, json.loads(done.stdout)["origin"] == phone.origin) == (0, False)
    server.start()
    assert (is_active(phone), server.url != phone.origin) == (True, True)


@on_sqlite
def test_who_comes_back_finds_the_port_that_phones_keep(server: LivingServer, tmp_path: Path) -> None:
    _, phone, _ = set_up_at(server, NAME, tmp_path / "trusted.pem")
    assert anew(server, "off").returncode == 0
    done = server.run("tls", "init", "--name", NAME)  # while the server itself has that port
    assert done.returncode == 0, done.stderr
    server.stop()
    server.start()
    assert (server.url, is_active(phone)) == (phone.origin, True)


@on_sqlite
def test_renewed_files_stay_at_the_port_to_which_a_router_forwards(server: LivingServer, tmp_path: Path) -> None:
    server.set_up()
    (_, use), (_, again), port = files(tmp_path / "one", NAME), files(tmp_path / "two", NAME), free_port()
    assert anew(server, *use, f"https://{NAME}", "--port", str(port)).returncode == 0
    assert anew(server, *again, f"https://{NAME}").returncode == 0
    assert outside(server) == {port}


@on_sqlite
def test_a_start_with_an_empty_database_forgets_nothing_that_a_backup_may_need(
    server: LivingServer, tmp_path: Path
) -> None:
    _, phone, _ = set_up_at(server, NAME, tmp_path / "trusted.pem")
    assert anew(server, "init", "--name", "b.test", "--port", str(free_port())).returncode == 0
    backup = tmp_path / "backup"
    assert server.run("backup", str(backup)).returncode == 0
    server.stop()
    for file in server.data.glob("countersign.db*"):
        file.rename(tmp_path / file.name)
    server.start()
    server.stop()
    done = server.run("restore", str(backup))
    assert done.returncode == 0, done.stderr
    server.start()
    assert is_active(phone)


def test_a_wrong_restore_that_is_undone_has_cost_no_phone_its_address(server: LivingServer, tmp_path: Path) -> None:
    console, (wrong, right) = server.set_up(), (tmp_path / "wrong", tmp_path / "right")
    assert server.run("backup", str(wrong)).returncode == 0
    console, authority = moved(server, console, NAME)
    phone = phone_of(Path(shutil.copy(authority, tmp_path / "trusted.pem")))
    on = console.enrol(phone)
    assert phone.approve(on["id"], on["code"]) == "executed"
    assert anew(server, "init", "--name", "b.test", "--port", str(free_port())).returncode == 0
    assert server.run("backup", str(right)).returncode == 0
    for backup in (wrong, right):
        server.stop()
        done = server.run("restore", str(backup))
        assert (done.returncode, "is kept until then" in done.stdout) == (0, True), done.stderr
        server.start()
    assert is_active(phone)


@on_sqlite
def test_what_cannot_be_served_is_told_behind_a_proxy_too(server: LivingServer, tmp_path: Path) -> None:
    console, phone, _ = set_up_at(server, NAME, tmp_path / "trusted.pem")
    assert anew(server, "proxy", "--public-url", "https://p.test", "--port", str(free_port())).returncode == 0
    assert (is_active(phone), faults(server, console)) == (True, [])
    server.stop()
    [own] = [each.parent for each in (server.data / "tls").rglob("authority.pem")]
    own.rename(tmp_path / "away")
    server.start()
    assert faults(server, console) == [f"{own / 'certificate.pem'} is missing; put it back, or choose another one"]
    assert f"{phone.origin} is not served: {own / 'certificate.pem'} is missing" in server.log()


@on_sqlite
def test_a_proxy_of_before_is_not_forgotten_where_what_was_written_is_damaged(server: LivingServer) -> None:
    console, phone, _ = behind_proxy(server, "https://console.test")
    console, _ = moved(server, console, "new.test")
    server.stop()
    file = server.data / "presented.json"
    text = file.read_text()
    file.write_text(text[:-5])
    server.start()
    assert "cannot be read, and counts as nothing" in server.log()
    assert f"{phone.origin} is not served" in server.log()
    server.stop()
    file.with_name("presented.json.unreadable").rename(file)
    file.write_text(text)
    server.start()
    assert is_active(phone)


@on_sqlite
def test_of_two_addresses_of_one_name_at_a_port_the_newer_one_counts(
    server: LivingServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    console, port = server.set_up(), free_port()
    (company, use), (public, again) = files(tmp_path / "company", NAME), files(tmp_path / "public", NAME)
    monkeypatch.setenv("SSL_CERT_FILE", str(public))  # what this system trusts, all phones do
    (both := tmp_path / "both.pem").write_text(company.read_text() + public.read_text())
    routers = [Gate(port), Gate(port)]
    at = sorted(f"https://{NAME}:{each.endpoint.rpartition(':')[2]}" for each in routers)
    done = anew(server, *use, at[0], "--port", str(port))
    assert done.returncode == 0, done.stderr
    console.url, console._http.verify, phone = at[0], str(both), phone_of(both)
    on = console.enrol(phone)
    assert phone.approve(on["id"], on["code"]) == "executed"
    colleague, grant = invited(console, phone, "jonas")
    done = anew(server, *again, at[1], "--port", str(port))
    assert f"keeps {at[0]}: it goes on where it trusts the new certificate" in done.stderr
    colleague.url, theirs = at[1], phone_of(public, "iPhone 16")
    on = colleague.enrol(theirs, "jonas", COLLEAGUES_PASSWORD, grant)
    assert theirs.approve(on["id"], on["code"]) == "executed"
    assert anew(server, "init", "--name", "third.test", "--port", str(free_port())).returncode == 0
    assert (is_active(phone), is_active(theirs)) == (True, True)
    for router in routers:
        router.go()


@on_sqlite
def test_a_plain_port_of_before_is_left_to_phones_that_keep_it_by_tls(server: LivingServer, tmp_path: Path) -> None:
    console, port = server.set_up(), free_port()
    server.stop()
    (server.data / "port").write_text(str(port))
    server.start()
    console, authority = moved(server, console, NAME, port)
    phone = phone_of(Path(shutil.copy(authority, tmp_path / "trusted.pem")))
    on = console.enrol(phone)
    assert phone.approve(on["id"], on["code"]) == "executed"
    assert anew(server, "init", "--name", "new.test", "--port", str(free_port())).returncode == 0
    assert (is_active(phone), faults(server, console)) == (True, [])


@on_sqlite
def test_the_port_of_a_proxy_that_is_this_computers_too_stays_when_its_phones_have_gone(server: LivingServer) -> None:
    console, phone, upstream = behind_proxy(server, "https://console.test")
    console, authority = moved(server, console, "new.test")
    assert here(server, console).url == upstream
    renewed(console, phone, authority)
    wait_for(lambda: f"{phone.origin} is no longer served" in server.log(), 40)
    assert here(server, console).call("GET", "/health")["status"] == "ok"


@on_sqlite
def test_a_server_by_tls_starts_without_the_port_of_this_computer_alone(server: LivingServer, tmp_path: Path) -> None:
    _, phone, _ = set_up_at(server, NAME, tmp_path / "trusted.pem")
    for text in ("", "9" * 5000):
        server.stop()
        (server.data / "port").write_text(text)
        server.start()
        assert "holds no port" in server.log()
        assert is_active(phone)


@on_sqlite
def test_a_certificate_that_ends_at_an_old_address_is_told(server: LivingServer, tmp_path: Path) -> None:
    console, phone, _ = set_up_at(server, NAME, tmp_path / "trusted.pem")
    _, use = files(tmp_path / "theirs", NAME)
    other = Path(files(tmp_path / "other", "other.test")[1][2])
    assert anew(server, *use, f"https://{NAME}:{free_port()}").returncode == 0
    assert is_active(phone)
    assert faults(server, console) == []
    [own] = [each.parent for each in (server.data / "tls").rglob("authority.pem")]
    for name in ("certificate.pem", "certificate.key"):
        shutil.copy(other.with_name(name), own / name)
    [told] = wait_for(lambda: faults(server, console), 20)
    assert told.startswith(f"{own / 'certificate.pem'} is for other.test")
