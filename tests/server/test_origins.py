"""The public URL changes: phones keep their origin, which stays served until a provider has said whom that cuts off."""

import json
import shutil
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import psutil
import pytest
import requests

from desktop.demo.phone import SoftwarePhone
from tests import push_service as pushing
from tests.both import on_sqlite
from tests.living import LivingServer, TestConsole
from tests.proving import refused, wait_for
from tests.push_service import PushService
from tests.server.keeping import behind_proxy, moved, renewed
from tests.server.reaching import (
    COLLEAGUES_PASSWORD,
    Forwarding,
    console_of,
    free_port,
    invited,
    led,
    phone_of,
)


@pytest.fixture(autouse=True)
def _names() -> Iterator[None]:
    with led():
        yield


push_service = pushing.push_service


def origins(console: TestConsole) -> dict[str, list[str]]:
    found = console.call("GET", "/origins")["items"]
    assert [each["origin"] for each in found if each["current"]] == [console.url]
    return {each["origin"]: [device["username"] for device in each["devices"]] for each in found}


def test_phones_keep_their_origin_until_a_provider_ends_it(
    push_service: PushService, start_server: Callable[..., LivingServer]
) -> None:
    server = start_server()
    console, phone = server.protected()
    colleague, grant = invited(console, phone, "jonas")
    theirs = SoftwarePhone(None, "iPhone 16")
    on = colleague.enrol(theirs, "jonas", COLLEAGUES_PASSWORD, grant)
    assert theirs.approve(on["id"], on["code"]) == "executed"
    old, subscription = server.url, push_service.subscription()
    theirs.subscribe(subscription.told)

    console, authority = moved(server, console, "console.test")
    assert origins(console) == {console.url: [], old: ["amelia.hart", "jonas"]}
    assert console.call("GET", "/health")["details"]["old_origins"] == [old]
    assert f"{old} is kept for phones" in server.log()
    assert phone.origin == old
    request = console.delete(console.user())
    assert phone.approve(request["id"], request["code"]) == "executed"

    retire = {"parameters": {"origin": old}}
    why = refused(409, lambda: console.call("POST", "/actions/origin.retire", retire))
    assert (why.code, "Choose Change device" in why.detail) == ("only_way_back", True)
    assert refused(409, lambda: console.ask("origin.retire", origin=console.url)).code == "current_origin"
    assert refused(404, lambda: console.ask("origin.retire", origin="https://no.test")).code == "origin_not_found"

    phone = renewed(console, phone, authority)
    assert phone.origin == console.url
    assert origins(console) == {console.url: ["amelia.hart"], old: ["jonas"]}
    asked = console.call("POST", "/actions/origin.retire", retire)["request"]
    shown = phone.request(asked["id"]).details
    assert [each["name"] for each in shown["target"]] == ["“iPhone 16” of jonas"]
    assert "“jonas”" in shown["consequence"]
    assert old in shown["summary"]
    assert phone.approve(asked["id"], asked["code"]) == "executed"
    assert refused(401, theirs.state).status == 401
    [told] = console.request(asked["id"])["result"]["grants"]
    assert told["username"] == "jonas"
    assert "grants" not in (console.request(asked["id"])["result"] or {})
    assert refused(401, lambda: colleague.call("GET", "/me")).status == 401
    [event] = console.audit(event="administrator:two_factor_reset")
    assert event["target"][0]["name"] == "jonas"
    assert told["grant"] not in json.dumps(console.audit())

    again = console_of(server, authority)
    again.sign_in("jonas", COLLEAGUES_PASSWORD)
    new = phone_of(authority, "iPhone 16")
    on = again.enrol(new, "jonas", COLLEAGUES_PASSWORD, told["grant"])
    assert new.approve(on["id"], on["code"]) == "executed"
    assert origins(console) == {console.url: ["amelia.hart", "jonas"]}
    [reset] = [each["id"] for each in new.notices() if each["kind"] == "two_factor_reset"]
    assert wait_for(lambda: reset in {each.topic for each in push_service.of(subscription)}), "woken for the last time"


@on_sqlite
def test_an_earlier_name_and_port_are_served_until_no_phone_has_them(server: LivingServer, tmp_path: Path) -> None:
    console, before = server.set_up(), server.url
    console, authority = moved(server, console, "earlier.test")
    phone = phone_of(authority)
    on = console.enrol(phone)
    assert phone.approve(on["id"], on["code"]) == "executed"
    earlier = console.url
    console, other = moved(server, console, "console.test", free_port())
    assert origins(console) == {console.url: [], earlier: ["amelia.hart"]}
    request = console.delete(console.user())
    assert phone.approve(request["id"], request["code"]) == "executed"
    assert requests.get(f"{console.url}/api/v1/health", verify=str(other), timeout=10).status_code == 200
    with pytest.raises(requests.exceptions.SSLError):
        requests.get(f"{earlier}/api/v1/health", verify=str(other), timeout=10)
    assert requests.get(f"{before}/api/v1/health", timeout=10).status_code == 200  # for this computer's console

    trusted = shutil.copy(authority, tmp_path / "authority.pem")
    renewed(console, phone, other)
    assert refused(401, phone.sign_in).status == 401, "whoever was cut off hears so at the address that he has"
    wait_for(lambda: f"{earlier} is no longer served" in server.log(), 40)
    with pytest.raises(requests.ConnectionError):
        requests.get(f"{earlier}/api/v1/health", verify=str(trusted), timeout=10)
    wait_for(lambda: len(list(server.data.glob("tls/*"))) == 1)  # the key that phones trusted is gone


@on_sqlite
def test_more_names_cut_nobody_off(server: LivingServer) -> None:
    console = server.set_up()
    console, authority = moved(server, console, "console.test", first := free_port())
    phone = phone_of(authority)
    on = console.enrol(phone)
    assert phone.approve(on["id"], on["code"]) == "executed"
    url = console.url

    def trusted() -> bool:
        return requests.get(f"{url}/api/v1/health", verify=str(authority), timeout=10).status_code == 200

    def init(*words: str) -> Any:
        server.stop()
        done = server.run("tls", "init", "--json", "--host", "127.0.0.1", *words)
        server._port = 0
        server.start()
        return done

    for words in (["--name", "console.test", "other.test"], ["--name", "console.test", "--ip", "192.0.2.7"]):
        done = init(*words, "--port", str(first))
        assert (done.returncode, done.stdout) == (1, "")
        assert "“Pixel 9” of amelia.hart was set up" in done.stderr
        assert trusted()
    assert init("--name", "console.test", "--port", str(first)).returncode == 0  # the same again
    for words in (["console.test", "other.test"], ["other.test", "console.test"]):
        assert init("--port", str(free_port()), "--name", *words).returncode == 0
        assert trusted(), words
    assert init("--port", str(first), "--name", "other.test", "console.test").returncode == 0
    assert trusted()
    assert init("--port", str(first), "--name", "console.test", "another.test", "--new-authority").returncode == 0
    with pytest.raises(requests.exceptions.SSLError):
        trusted()


@on_sqlite
def test_without_tls_an_earlier_origin_is_served_as_long_as_that_can_be(server: LivingServer) -> None:
    console, before = server.set_up(), server.url
    console, authority = moved(server, console, "earlier.test")
    phone = phone_of(authority)
    on = console.enrol(phone)
    assert phone.approve(on["id"], on["code"]) == "executed"
    server.stop()
    assert server.run("tls", "off").returncode == 0
    server.start()
    assert server.url == before
    console.url = server.url
    request = console.delete(console.user())
    assert phone.approve(request["id"], request["code"]) == "executed"
    assert console.call("GET", "/health")["status"] == "ok"
    server.stop()
    for file in authority.parent.iterdir():
        file.unlink()
    server.start()
    health = console.call("GET", "/health")
    assert (health["status"], health["details"]["warnings"]) == ("degraded", ["old_origin_not_served"])
    assert f"{phone.origin} is not served" in server.log()


@on_sqlite
def test_an_origin_of_a_proxy_is_not_said_to_be_unserved_while_its_upstream_port_is_ours(server: LivingServer) -> None:
    console, phone, upstream = behind_proxy(server, "https://console.test:18131")
    assert phone.origin == "https://console.test:18131"

    console, _ = moved(server, console, "new.test")
    fronts = {each["origin"]: each["upstream"] for each in console.call("GET", "/origins")["items"]}
    assert fronts == {console.url: None, phone.origin: _port_of(upstream)}
    request = console.delete(console.user())
    assert phone.approve(request["id"], request["code"]) == "executed"
    assert "old_origin_not_served" not in console.call("GET", "/health")["details"]["warnings"]
    assert f"{phone.origin} is not served" not in server.log()

    server.stop()
    (server.data / "port").write_text(str(free_port()))
    server.start()
    request = console.delete(console.user("julia.meier@contoso.example"))
    assert phone.approve(request["id"], request["code"]) == "executed", "the proxy forwards to where it did"

    server.stop()
    with socket.create_server(("127.0.0.1", _port_of(upstream))):  # and now to somebody else
        server.start()
        assert console.call("GET", "/health")["details"]["warnings"] == ["old_origin_not_served"]


@on_sqlite
def test_a_port_that_is_served_otherwise_for_phones_is_refused(server: LivingServer) -> None:
    _, phone, upstream = behind_proxy(server, "https://console.test")
    server.stop()
    told = server.run("tls", "init", "--name", "new.test", "--port", str(_port_of(upstream)))
    assert told.returncode != 0
    assert f"goes on being served for phones that keep {phone.origin}: choose another one" in told.stderr
    server.start()
    assert phone.state()["status"] == "active"


@on_sqlite
def test_a_port_that_is_served_by_tls_for_phones_is_refused_for_a_proxy(server: LivingServer) -> None:
    console, authority = moved(server, server.set_up(), "console.test")
    phone = phone_of(authority)
    on = console.enrol(phone)
    assert phone.approve(on["id"], on["code"]) == "executed"
    server.stop()
    proxy = ("tls", "proxy", "--public-url", "https://proxy.test", "--port")
    told = server.run(*proxy, str(_port_of(phone.origin)))
    assert told.returncode != 0
    assert f"goes on being served for phones that keep {phone.origin}: choose another one" in told.stderr
    assert server.run(*proxy, str(free_port())).returncode == 0
    server.start()
    assert phone.state()["status"] == "active"


@on_sqlite
def test_a_port_that_is_kept_without_tls_and_is_written_down_for_tls_serves_the_latter(server: LivingServer) -> None:
    console, _, upstream = behind_proxy(server, "https://console.test")
    console, _ = moved(server, console, "new.test")
    server.stop()
    file = server.data / "server.toml"
    file.write_text(file.read_text().replace(str(_port_of(console.url)), str(_port_of(upstream))))
    server.start()
    console.url = server.url
    assert console.call("GET", "/health")["details"]["warnings"] == ["old_origin_not_served"]
    assert f"port {_port_of(upstream)} on localhost cannot be used" in server.log()


@on_sqlite
def test_a_port_that_phones_of_two_names_keep_closes_with_the_last_of_them(server: LivingServer) -> None:
    console, authority = moved(server, server.set_up(), "first.test")
    phone = phone_of(authority)
    on = console.enrol(phone)
    assert phone.approve(on["id"], on["code"]) == "executed"
    colleague, grant = invited(console, phone, "jonas")
    there, authority = moved(server, colleague, "second.test", _port_of(console.url))
    theirs = phone_of(authority)
    on = there.enrol(theirs, "jonas", COLLEAGUES_PASSWORD, grant)
    assert theirs.approve(on["id"], on["code"]) == "executed"
    console, authority = moved(server, console, "third.test")
    renewed(console, phone, authority)
    wait_for(lambda: f"{phone.origin} is no longer served" in server.log(), 30)
    assert theirs.state()["status"] == "active"


@on_sqlite
def test_back_on_this_computer_alone_the_port_of_a_proxy_of_before_is_left_to_phones_that_keep_it_by_tls(
    server: LivingServer,
) -> None:
    console, port = server.set_up(), free_port()
    server.stop()
    assert server.run("tls", "proxy", "--public-url", "https://proxy.test", "--port", str(port)).returncode == 0
    server.start()
    console, authority = moved(server, console, "console.test", port)
    phone = phone_of(authority)
    on = console.enrol(phone)
    assert phone.approve(on["id"], on["code"]) == "executed"
    server.stop()
    told = server.run("tls", "off")
    assert f"keeps {phone.origin}: this stays open on the network until" in told.stderr
    server.start()
    assert (phone.state()["status"], outside(server)) == ("active", {port})
    assert "old_origin_not_served" not in server_console(server, console).call("GET", "/health")["details"]["warnings"]


BESIDE = ("proxy", "--public-url", "https://other.test", "--trusted-proxy", "192.0.2.7")


@on_sqlite
@pytest.mark.parametrize("leave", [("off",), ("init", "--name", "new.test", "--port"), BESIDE, (*BESIDE, "--port")])
def test_a_proxy_that_was_left_is_believed_while_phones_keep_an_address_behind_it(
    server: LivingServer, leave: tuple[str, ...]
) -> None:
    console, phone, upstream = behind_proxy(server, "https://console.test")
    stranger = TestConsole("https://console.test")
    stranger._http.mount("https://", Forwarding(upstream))
    server.stop()
    more = [str(free_port())] if leave[-1] == "--port" else []
    assert server.run("tls", *leave, *more).returncode == 0
    server.start()

    for _ in range(10):
        assert refused(401, lambda: stranger.begin_sign_in(password="wrong")).code == "wrong_credentials"
    assert refused(429, stranger.begin_sign_in).status == 429
    told = console.audit(event="session:refused")
    assert {each["ip"] for each in told} == {"192.168.1.23"}
    console.sign_in(phone=phone)
    assert "unlisted_proxy" not in console.call("GET", "/health")["details"]["warnings"]


@on_sqlite
def test_this_computer_alone_closes_the_network_only_where_no_phone_keeps_an_address(server: LivingServer) -> None:
    console = server.set_up()
    console, authority = moved(server, console, "console.test")
    kept = console.url
    assert outside(server)
    server.stop()
    told = server.run("tls", "off")
    assert "is reached on this computer alone" in told.stdout
    server.start()
    assert not outside(server)

    console, authority = moved(server, server_console(server, console), "console.test", _port_of(kept))
    phone = phone_of(authority)
    on = console.enrol(phone)
    assert phone.approve(on["id"], on["code"]) == "executed"
    server.stop()
    told = server.run("tls", "off")
    assert "this computer alone" not in told.stdout
    assert "what phones keep stays open" in told.stdout
    assert f"“Pixel 9” of amelia.hart keeps {kept}: this stays open on the network until" in told.stderr
    server.start()
    assert outside(server) == {_port_of(kept)}
    console = server_console(server, console)
    retire = {"parameters": {"origin": kept}}
    why = refused(409, lambda: console.call("POST", "/actions/origin.retire", retire))
    assert "turn two-factor authentication off" in why.detail
    off = console.ask("two_factor.disable")
    assert phone.approve(off["id"], off["code"]) == "executed"
    wait_for(lambda: not outside(server), 40)


def server_console(server: LivingServer, before: TestConsole) -> TestConsole:
    """Return the console of this computer, signed in as it was."""
    here = server.console()
    here.token, here.known = before.token, before.known
    return here


def _port_of(origin: str) -> int:
    return int(origin.rsplit(":", 1)[1])


def outside(server: LivingServer) -> set[int]:
    """Return the ports at which anybody on the network gets to the server."""
    assert server.process is not None
    found = psutil.Process(server.process.pid).net_connections("tcp")
    return {each.laddr.port for each in found if each.status == "LISTEN" and each.laddr.ip not in ("127.0.0.1", "::1")}


@on_sqlite
def test_who_may_change_policies_but_is_no_provider_resets_nobody(server: LivingServer) -> None:
    console, phone = server.protected()
    helper, grant = invited(console, phone, "kim", role="sub_administrator", permissions=["policy.edit"])
    colleague, theirs_too = invited(console, phone, "jonas")
    old = server.url
    console, authority = moved(server, console, "console.test")
    for moving, name, given in ((helper, "kim", grant), (colleague, "jonas", theirs_too)):
        moving.url, moving._http.verify = console.url, str(authority)
        new = phone_of(authority, f"phone of {name}")
        on = moving.enrol(new, name, COLLEAGUES_PASSWORD, given)
        assert new.approve(on["id"], on["code"]) == "executed"
    retire = {"parameters": {"origin": old}}
    for path in ("/actions/origin.retire", "/actions/origin.retire/preview"):
        assert refused(403, partial(helper.call, "POST", path, retire)).code == "forbidden"
        assert refused(409, partial(console.call, "POST", path, retire)).code == "only_way_back"
    assert phone.state()["status"] == "active"
    assert colleague.ask("origin.retire", origin=old)["status"] == "pending"


def test_phones_on_their_way_are_named_and_cut_off_too(server: LivingServer) -> None:
    console, old = server.set_up(), server.url
    phone = SoftwarePhone(None)
    enrolment = console.call("POST", "/enrolments", {"password": "four-Unrelated-lantern-words"})
    phone.enrol(enrolment["qr"], "amelia.hart", "four-Unrelated-lantern-words")
    console, _ = moved(server, console, "console.test")
    assert origins(console) == {console.url: [], old: ["amelia.hart"]}
    done = console.call("POST", "/actions/origin.retire", {"parameters": {"origin": old}})
    assert done == {"status": "executed", "result": {"grants": []}}  # nobody has two-factor authentication yet
    assert console.call("GET", f"/enrolments/{enrolment['id']}")["status"] == "void"
    assert origins(console) == {console.url: []}


def test_the_command_line_names_the_phones_that_keep_another_address(server: LivingServer) -> None:
    server.protected()
    done = server.run("tls", "proxy", "--public-url", "https://console.example.com")
    assert (done.returncode, done.stderr) == (
        0,
        f"“Pixel 9” of amelia.hart keeps {server.url}: see that this still leads here, or change that phone first.\n",
    )
    told = json.loads(server.run("tls", "off", "--json").stdout)
    assert [(each["name"], each["origin"]) for each in told["left_behind"]] == [("Pixel 9", server.url)]
