"""Phones that reach the server, or do not: what it listens for, what it says of them, and the install page."""

import asyncio
import contextlib
import json
import plistlib
import socket
import ssl
import stat
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from cryptography import x509

from desktop.core.authority import presented
from desktop.core.transport import Offline, Transport
from desktop.demo.phone import SoftwarePhone
from server import connections, installing
from server.certificates import Certificates
from server.config import THIS_PROXY, Config
from server.eras import Era
from server.holdings import own_for
from server.reach import PARTING, Came, Reach, Via, Way, application_of
from server.tls import Names, fingerprint
from tests.both import on_sqlite
from tests.living import USERNAME, LivingServer, TestConsole
from tests.proving import refused, wait_for
from tests.server.reaching import free_port, handshake, has_ipv6, invited, led, phone_of, reachable, set_up

Reached = tuple[LivingServer, Path, TestConsole]
IPHONE = "Mozilla/5.0 (iPhone; CPU iPhone OS 19_0 like Mac OS X) AppleWebKit/605 Version/19.0 Mobile Safari/604.1"
ANDROID = "Mozilla/5.0 (Linux; Android 15) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0 Mobile Safari/537.36"


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Reached]:
    """Serve at `https://console.test`, for this computer also at the port of before; proxies here are believed."""
    data = tmp_path_factory.mktemp("reach") / "data"
    data.mkdir()
    (data / "port").write_text(str(free_port()))
    server = LivingServer(data, settings={"install_port": "0", "trusted_proxies": "127.0.0.1/32,::1/128"})
    with led():
        authority = reachable(server, "console.test")
        console = set_up(server, authority)
        yield server, authority, console
    server.stop()


@pytest.fixture
def reached(living: Reached) -> Reached:
    """Return the server, its authority and a provider signed in; nothing was seen of phones yet."""
    living[2].call("POST", "/reach/install")
    living[2].call("DELETE", "/reach/install")
    return living


@pytest.fixture(scope="module")
def phone(living: Reached) -> SoftwarePhone:
    """Return the provider's phone."""
    _, authority, console = living
    phone = phone_of(authority)
    request = console.enrol(phone)
    assert phone.origin == console.url
    assert phone.approve(request["id"], request["code"]) == "executed"
    return phone


def port_of(server: LivingServer) -> int:
    return urlsplit(server.url).port or 0


def test_the_console_of_this_computer_finds_its_way(reached: Reached) -> None:
    server, authority, console = reached
    told = json.loads((server.data / "server.json").read_text())
    assert (told["url"], told["ca"]) == (server.url, str(authority))
    assert told["local"] == f"http://localhost:{(server.data / 'port').read_text()}"
    assert requests.get(f"{told['local']}/api/v1/health", timeout=10).json()["status"] == "ok"
    assert console.call("GET", "/me")["username"] == "amelia.hart"
    pinned = console.call("GET", "/authority")
    certificate = x509.load_pem_x509_certificate(pinned["certificate"].encode())
    assert pinned["fingerprint"] == fingerprint(certificate)
    assert pinned["certificate"] == authority.read_text()


def test_a_phone_enrols_and_approves_at_the_name(reached: Reached, phone: SoftwarePhone) -> None:
    _, _, console = reached
    request = console.delete(console.user())
    assert phone.approve(request["id"], request["code"]) == "executed"


def test_hosts_and_origins_are_exactly_those_that_are_served(reached: Reached) -> None:
    server, _, console = reached
    port = port_of(server)
    for host, status in (("console.test", 200), ("localhost", 200), ("evil.test", 400), ("console.test.evil", 400)):
        assert console.raw("GET", "/health", headers={"Host": f"{host}:{port}"}).status_code == status, host
    local = json.loads((server.data / "server.json").read_text())["local"]
    for origin, status in (
        *((server.url, 200), (local, 200), ("null", 403), (f"https://console.test:{port + 1}", 403)),
        *((f"http://console.test:{port}", 403), ("http://localhost:1", 403), ("https://evil.test", 403)),
    ):
        assert console.raw("GET", "/health", headers={"Origin": origin}).status_code == status, origin


def test_browsers_are_told_to_stay_with_https_by_the_name_alone(
    reached: Reached,
) -> None:
    server, _, console = reached
    local = json.loads((server.data / "server.json").read_text())["local"]
    assert "max-age" in console.raw("GET", "/health").headers["strict-transport-security"]
    assert "strict-transport-security" not in requests.get(f"{local}/api/v1/health", timeout=10).headers
    here = {"Host": f"localhost:{port_of(server)}"}
    assert "strict-transport-security" not in console.raw("GET", "/health", headers=here).headers


def test_reach_says_how_and_what_was_seen(reached: Reached) -> None:
    server, authority, console = reached
    reach = console.call("GET", "/reach")
    assert (reach["origin"], reach["how"], reach["port"]) == (server.url, "own_authority", port_of(server))
    assert reach["authority"]["names"] == reach["certificate"]["names"] == ["console.test"]
    assert reach["authority"]["fingerprint"] == console.call("GET", "/authority")["fingerprint"]
    assert reach["certificate"]["renews_at"] < reach["certificate"]["expires_at"] < reach["authority"]["expires_at"]
    [name] = [each for each in reach["addresses"] if each["name"] == "console.test"]
    assert (name["kind"], name["resolves"], name["to"]) == ("name", False, [])
    assert all(each["resolves"] for each in reach["addresses"] if each["kind"] == "ip")
    assert reach["install"] is reach["reached"] is reach["refused"] is None
    for trusted, asked, why in ((None, "console.test", "untrusted"), (authority, "other.test", "wrong_name")):
        with pytest.raises(ssl.SSLError):
            handshake(port_of(server), asked, trusted)
        seen = wait_for(partial(refusal, console, why))
        assert (seen["why"], seen["name"]) == (why, asked)
    handshake(port_of(server), "console.test", authority).close()


def refusal(console: TestConsole, why: str) -> Any:
    found = console.call("GET", "/reach")["refused"]
    return found if found and found["why"] == why else None


def opened(console: TestConsole, ip: str, host: str = "") -> None:
    headers = {"X-Forwarded-For": ip, "User-Agent": IPHONE} | ({"Host": host} if host else {})
    console._http.get(f"{console.url}/phone/", headers=headers, timeout=20)


def test_a_phone_counts_as_reached_once_it_opens_the_app(reached: Reached) -> None:
    server, authority, console = reached
    console._http.get(f"{console.url}/phone/", timeout=20)
    opened(console, "127.0.0.1")
    assert console.call("GET", "/reach")["refused"] is None
    opened(console, "192.168.1.23", f"192.168.1.9:{port_of(server)}")
    reach = console.call("GET", "/reach")
    assert (reach["reached"], reach["refused"]["why"], reach["refused"]["name"]) == (None, "wrong_name", "192.168.1.9")
    opened(console, "192.168.1.23")
    seen = console.call("GET", "/reach")["reached"]
    assert (seen["ip"], seen["application"]) == ("192.168.1.23", "Safari on iPhone")
    with pytest.raises(ssl.SSLError):
        handshake(port_of(server), "console.test", None)
    assert console.call("GET", "/reach")["refused"]["why"] == "untrusted"
    console.call("POST", "/reach/install")  # whoever opens the page waits for the next phone
    reach = console.call("GET", "/reach")
    assert (reach["reached"], reach["refused"]) == (None, None)
    opened(console, "192.168.1.24")
    console.call("POST", "/reach/install")  # open already
    assert console.call("GET", "/reach")["reached"]["ip"] == "192.168.1.24"
    assert authority.exists()


def test_a_console_that_refuses_and_lets_a_person_compare_is_no_phone_and_hides_none(reached: Reached) -> None:
    server, authority, console = reached

    def connect() -> None:
        for pinned in ("", (Path(__file__).parent.parent / "desktop" / "authority.pem").read_text("ascii")):
            with pytest.raises(Offline) as refused:
                Transport(server.url, pinned).send("GET", "/api/v1/health")
            assert refused.value.reason == ("changed" if pinned else "certificate")
        assert presented(server.url) == authority.read_text()
        assert Transport(server.url, authority.read_text()).send("GET", "/api/v1/health").json()["status"] == "ok"

    connect()
    assert console.call("GET", "/reach")["refused"] is None
    with pytest.raises(ssl.SSLError):
        handshake(port_of(server), "console.test", None)
    seen = wait_for(partial(refusal, console, "untrusted"))
    connect()
    assert console.call("GET", "/reach")["refused"] == seen


def test_only_a_provider_looks_or_opens(reached: Reached, phone: SoftwarePhone) -> None:
    _, _, console = reached
    colleague, _ = invited(console, phone, "kim.lee", role="sub_administrator", permissions=["policy.edit"])
    for method, path in (
        *(("GET", "/reach"), ("POST", "/reach/install")),
        *(("DELETE", "/reach/install"), ("GET", "/origins")),
    ):
        assert refused(403, partial(colleague.call, method, path)).code == "forbidden"


def test_the_install_page_is_all_that_is_open_in_the_clear(reached: Reached) -> None:
    server, authority, console = reached
    install = console.call("POST", "/reach/install")
    assert console.call("GET", "/reach")["install"] == install
    url = install["url"]
    page = requests.get(url, timeout=10)
    certificate = x509.load_pem_x509_certificate(authority.read_bytes())
    assert fingerprint(certificate) in page.text
    assert f'href="{server.url}/phone/"' in page.text
    assert page.headers["content-security-policy"].startswith("default-src 'none'")
    assert {"server", "set-cookie", "location"}.isdisjoint(page.headers)
    assert "src=" not in page.text
    assert "@import" not in page.text
    crt = requests.get(f"{url}countersign-ca.crt", timeout=10)
    assert crt.headers["content-type"] == "application/x-x509-ca-cert"
    assert x509.load_der_x509_certificate(crt.content) == certificate
    profile = requests.get(f"{url}countersign-ca.mobileconfig", timeout=10)
    assert profile.headers["content-type"] == "application/x-apple-aspen-config"
    [payload] = plistlib.loads(profile.content)["PayloadContent"]
    assert (payload["PayloadType"], payload["PayloadContent"]) == ("com.apple.security.root", crt.content)
    assert profile.content == requests.get(f"{url}countersign-ca.mobileconfig", timeout=10).content
    for method, path in (("GET", "api/v1/health"), ("GET", "phone/"), ("POST", ""), ("GET", "../server.key")):
        assert requests.request(method, f"{url}{path}", timeout=10).status_code in (404, 405)
    console.call("DELETE", "/reach/install")
    assert console.call("GET", "/reach")["install"] is None
    with pytest.raises(requests.ConnectionError):
        requests.get(url, timeout=10)


def test_who_opened_and_closed_the_install_page_is_in_the_log(reached: Reached) -> None:
    _, _, console = reached
    before = console.audit(event="install_page")
    for method in ("POST", "POST", "DELETE", "DELETE"):
        console.call(method, "/reach/install")
    closed, opened, *rest = console.audit(event="install_page")
    assert [each["event"] for each in (opened, closed)] == ["install_page:opened", "install_page:closed"]
    assert {each["username"] for each in (opened, closed)} == {USERNAME}
    assert rest == before


@on_sqlite
def test_a_server_without_an_authority_has_nothing_to_install(server: LivingServer) -> None:
    console = server.set_up()
    assert refused(409, lambda: console.call("POST", "/reach/install")).code == "no_authority"
    assert console.raw("GET", "/authority").status_code == 404
    reach = console.call("GET", "/reach")
    assert (reach["how"], reach["authority"], reach["certificate"]) == ("this_computer", None, None)


@on_sqlite
def test_behind_a_proxy_its_name_is_served_and_its_word_counts(start_server: Callable[..., LivingServer]) -> None:
    server = start_server(trusted_proxies="127.0.0.1/32,::1/128")
    console, local = server.set_up(), server.url
    server.stop()
    assert server.run("tls", "proxy", "--public-url", "https://console.example.com").returncode == 0
    server.start()
    assert server.url == "https://console.example.com"
    told = json.loads((server.data / "server.json").read_text())
    assert (told["local"], told["ca"]) == (local, None)
    console.url = local
    assert console.call("GET", "/reach")["how"] == "proxy"
    proxied = {
        "Host": "console.example.com",
        "X-Forwarded-For": "192.168.1.23",
        "Origin": "https://console.example.com",
    }
    answer = console.raw("GET", "/health", headers=proxied)
    assert answer.status_code == 200
    assert "max-age" in answer.headers["strict-transport-security"]
    assert "strict-transport-security" not in console.raw("GET", "/health").headers
    assert console.call("GET", "/health")["details"]["warnings"] == []

    def refused_as(status: int, **headers: str) -> tuple[str, str]:
        answer = console._http.get(f"{local}/phone/", headers=headers, timeout=20)
        told = console.call("GET", "/reach")
        assert (answer.status_code, told["reached"]) == (status, None)
        return told["refused"]["why"], told["refused"]["name"]

    from_phone = {"X-Forwarded-For": "192.168.1.23"}
    assert refused_as(400, Host="other.example.com", **from_phone) == ("proxy_host", "other.example.com")
    assert refused_as(200, **from_phone) == ("proxy_host", "localhost"), "a proxy that passes no name on"
    assert refused_as(200) == ("proxy_silent", "127.0.0.1"), "nor for whom"
    assert refused_as(200, Host="console.example.com") == ("proxy_silent", "127.0.0.1")
    assert console.call("GET", "/health")["details"]["warnings"] == ["silent_proxy"]
    unknown = {"Host": "console.example.com", "X-Forwarded-For": "unknown"}
    assert refused_as(200, **unknown) == ("proxy_silent", "127.0.0.1")
    for written in ("192.168.1.23", "192.168.1.23:50812", "[2001:db8::7]:50812", "2001:db8::7"):
        console._http.get(f"{local}/phone/", headers={**proxied, "X-Forwarded-For": written}, timeout=20)
        assert console.call("GET", "/reach")["reached"]["ip"] in written
        assert len(console.call("GET", "/reach")["reached"]["ip"]) >= len("2001:db8::7")
    for written, meant in (("::ffff:192.168.1.24", "192.168.1.24"), ("10.1.1.1, ::ffff:127.0.0.1", "10.1.1.1")):
        console._http.get(f"{local}/phone/", headers={**proxied, "X-Forwarded-For": written}, timeout=20)
        assert console.call("GET", "/reach")["reached"]["ip"] == meant
    console.raw("GET", "/health", headers=proxied)
    assert console.call("GET", "/health")["details"]["warnings"] == [], "it says for whom by now"
    for foreign in ({"Host": "evil.example"}, proxied | {"Host": "evil.example"}):
        assert console.raw("GET", "/health", headers=foreign).status_code == 400, "a page may send any header but Host"


@on_sqlite
@pytest.mark.skipif(not has_ipv6(), reason="this computer has no IPv6")
def test_where_phones_come_by_ipv6_it_listens_there_and_says_so(start_server: Callable[..., LivingServer]) -> None:
    server = start_server()
    server.set_up()
    server.stop()
    port = free_port()
    for more, ipv6 in (((), True), (("--host", "0.0.0.0"), False)):  # noqa: S104 - all networks are what is meant
        words = ("tls", "init", "--ip", "2001:db8::7", "--pin-devices", "--port", str(port), *more, "--json")
        done = server.run(*words)
        assert done.returncode == 0, done.stderr
        server.start()
        with socket.socket(socket.AF_INET6) as phone:
            phone.settimeout(20)
            assert (phone.connect_ex(("::1", port)) == 0) is ipv6
        socket.create_connection(("127.0.0.1", port), timeout=20).close()
        console = server.console()
        console._http.verify = json.loads(done.stdout)["ca"]
        console.url = json.loads((server.data / "server.json").read_text())["local"]
        console.sign_in()
        assert console.call("GET", "/reach")["ipv6"] is ipv6
        server.stop()


@on_sqlite
def test_an_address_under_which_no_phone_can_be_unlocked_is_told(start_server: Callable[..., LivingServer]) -> None:
    server = start_server()
    console, local = server.set_up(), server.url
    server.stop()
    assert server.run("tls", "proxy", "--public-url", "https://192.0.2.7", "--pin-devices").returncode == 0
    for allowed, warnings in (("1", []), ("0", ["no_way_to_unlock"])):
        server.settings["COUNTERSIGN_PIN_DEVICES"] = allowed
        server.start()
        console.url = local
        assert console.call("GET", "/health")["details"]["warnings"] == warnings
        server.stop()


@on_sqlite
def test_a_proxy_that_is_not_listed_is_named(start_server: Callable[..., LivingServer]) -> None:
    server = start_server(trusted_proxies="192.0.2.7/32")
    console = server.set_up()
    console._http.get(f"{console.url}/phone/", headers={"X-Forwarded-For": "192.168.1.23"}, timeout=20)
    reach = console.call("GET", "/reach")
    assert reach["reached"] is None
    assert (reach["refused"]["why"], reach["refused"]["name"]) == ("proxy_unlisted", "127.0.0.1")
    assert "unlisted_proxy" in console.call("GET", "/health")["details"]["warnings"]


@on_sqlite
def test_a_certificate_that_cannot_be_used_is_said_in_one_line(start_server: Callable[..., LivingServer]) -> None:
    server = start_server()
    server.stop()
    (server.data / "server.toml").write_text('tls_certificate = "no.pem"\ntls_key = "no.key"\n')
    failed = server.run("serve")
    assert failed.returncode == 1
    assert "no.pem" in failed.stderr
    assert len(failed.stderr.splitlines()) == 1


def test_the_install_page_closes_by_itself(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installing, "LEASE", timedelta(seconds=0.2))

    async def opened_and_left() -> None:
        page = page_of(tmp_path, 0)
        await page.open()
        here = ("127.0.0.1", urlsplit(page.url).port or 0)  # where it is bound; its own address is for phones
        with socket.create_connection(here, timeout=5):
            pass
        await page.open()
        assert page._running
        await page._running
        with pytest.raises(OSError, match="refused"):
            socket.create_connection(here, timeout=5)
        async with page._turn:  # which is held until all of it is closed
            assert page.open_until is None

    asyncio.run(opened_and_left())


def test_who_holds_connections_to_the_install_page_keeps_nobody_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "PATIENCE", 0.5)

    async def opened() -> None:
        page = page_of(tmp_path, 0)
        await page.open()
        port = urlsplit(page.url).port
        held = [await asyncio.open_connection("127.0.0.1", port) for _ in range(64)]
        for _, writer in held:
            writer.write(b"GET / HTTP/1.1\r\nX: ")
        answer = await asyncio.to_thread(requests.get, f"http://127.0.0.1:{port}/", timeout=20)
        assert answer.status_code == 200
        for reader, writer in held:
            with contextlib.suppress(ConnectionError):
                assert await reader.read() == b"", "nor are they held for ever"
            writer.close()
        await page.close()

    asyncio.run(opened())


def test_a_port_that_is_taken_is_said(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        page = page_of(tmp_path, taken.getsockname()[1])
        problem = refused(409, lambda: asyncio.run(page.open()))
        port = taken.getsockname()[1]
        assert (problem.code, problem.title) == ("install_port_taken", f"Port {port} is used by another program")


def test_where_nobody_has_chosen_the_port_that_is_taken_a_free_one_takes_its_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def opened(usual: int) -> None:
        page = page_of(tmp_path, usual)
        await page.open()
        port = urlsplit(page.url).port
        assert port != usual
        assert (await asyncio.to_thread(requests.get, f"http://127.0.0.1:{port}/", timeout=20)).status_code == 200
        await page.close()

    with socket.create_server(("127.0.0.1", 0)) as taken:
        monkeypatch.setattr(installing, "INSTALL_PORT", taken.getsockname()[1])
        asyncio.run(opened(taken.getsockname()[1]))


@pytest.mark.parametrize(
    ("user_agent", "said"), [(IPHONE, "Safari on iPhone"), (ANDROID, "Chrome on Android"), ("", "")]
)
def test_a_browser_is_named_as_it_names_itself(user_agent: str, said: str) -> None:
    assert application_of(user_agent) == said


def why(reach: Reach) -> str | None:
    return reach.refusal.why if reach.refusal else None


def test_a_proxy_that_was_mended_is_well_whoever_comes_through_it(tmp_path: Path) -> None:
    reach = Reach(Config(data=tmp_path), "https://console.test", lambda: datetime.now(UTC))
    reach.opened(Came("127.0.0.1", "console.test", None, Via.SILENT, tls=reach.how != "proxy"), "")
    assert why(reach) == "proxy_silent"
    reach.opened(Came("127.0.0.1", "localhost", None, Via.LISTED, tls=reach.how != "proxy"), "")
    assert why(reach) == "proxy_silent", "it does not say by which name yet"
    reach.opened(Came("127.0.0.1", "console.test", None, Via.LISTED, tls=reach.how != "proxy"), "")
    assert (why(reach), reach.visit) == (None, None)


@pytest.mark.parametrize(
    ("origin", "port", "via", "tls", "counts"),
    [
        ("https://console.test", None, Via.LISTED, False, True),
        ("https://console.test", 443, Via.LISTED, False, True),
        ("https://console.test", 8400, Via.LISTED, False, True),  # its own, as some proxies say
        ("https://console.test", 8443, Via.LISTED, False, False),  # another proxy's, which a phone keeps
        ("https://console.test", 8443, Via.STRAIGHT, True, False),
        ("https://console.test:9443", None, Via.LISTED, False, True),  # as nginx's $host has it
        ("https://console.test:9443", None, Via.STRAIGHT, True, False),
    ],
)
def test_who_comes_by_an_old_address_of_the_name_has_not_come_through_the_proxy(
    tmp_path: Path, origin: str, port: int | None, via: Via, *, tls: bool, counts: bool
) -> None:
    reach = Reach(Config(data=tmp_path), origin, lambda: datetime.now(UTC))
    reach.see(frozenset({"https://console.test:8443"}))
    reach.opened(Came("192.0.2.7", "console.test", port, via, tls=tls), "")
    assert (reach.visit is not None, reach.refusal) == (counts, None)


@pytest.mark.parametrize(
    ("port", "via", "tls", "counts"),
    [
        (9443, Via.STRAIGHT, True, True),
        (8443, Via.STRAIGHT, True, False),
        (None, Via.STRAIGHT, True, False),
        (None, Via.LISTED, True, True),  # through what encrypts anew
        (None, Via.LISTED, False, False),  # through a proxy of before
    ],
)
def test_who_comes_by_an_old_port_of_the_name_has_not_come_by_the_one_of_now(
    tmp_path: Path, port: int | None, via: Via, *, tls: bool, counts: bool
) -> None:
    held = own_for(tmp_path, Names.of(["console.test"]), datetime.now(UTC))
    config = Config(data=tmp_path, tls_certificate=held.certificate, tls_key=held.key)
    reach = Reach(config, "https://console.test:9443", lambda: datetime.now(UTC))
    reach.see(frozenset({"https://console.test:8443", "https://console.test"}))
    reach.opened(Came("192.0.2.7", "console.test", port, via, tls=tls), "")
    assert (reach.visit is not None, reach.refusal) == (counts, None)


def test_a_proxy_is_believed_no_longer_than_an_origin_behind_it_is_served(tmp_path: Path) -> None:
    now = datetime.now(UTC)
    reach = Reach(Config(data=tmp_path), "http://localhost:1", lambda: now)
    reach.see(frozenset({"https://console.test"}))
    reach.listening(1, [], {"https://console.test": Way(Era(now, 1, "localhost", believed=THIS_PROXY))}, {})
    assert reach.believed == set(THIS_PROXY)
    reach.see(frozenset())
    assert reach.believed == set(THIS_PROXY), "whoever was cut off still asks"
    now += PARTING
    reach.see(frozenset())
    assert not reach.believed


def test_nobody_in_the_network_passes_for_a_proxy_where_there_is_none(tmp_path: Path) -> None:
    held = own_for(tmp_path, Names.of(["console.test"]), datetime.now(UTC))
    config = Config(data=tmp_path, tls_certificate=held.certificate, tls_key=held.key)
    reach = Reach(config, "https://console.test", lambda: datetime.now(UTC))
    reach.opened(Came("192.0.2.7", "192.0.2.1", None, Via.STRAIGHT, tls=reach.how != "proxy"), "")
    reach.opened(Came("192.0.2.7", "192.0.2.1", None, Via.UNLISTED, tls=reach.how != "proxy"), "")
    assert why(reach) == "wrong_name"
    reach.opened(Came("127.0.0.1", "console.test", None, Via.UNLISTED, tls=reach.how != "proxy"), "")
    assert why(reach) == "proxy_unlisted"


def test_what_is_asked_for_in_a_handshake_is_told_where_it_can_be_a_name(tmp_path: Path) -> None:
    held = own_for(tmp_path, Names.of(["console.test"]), datetime.now(UTC))
    config = Config(data=tmp_path, tls_certificate=held.certificate, tls_key=held.key)
    certificates = Certificates(config, lambda: datetime.now(UTC))
    for asked, told in (("other.test", "other.test"), ("<b>call 555", None), ("a" * 254, None), ("a\n", None)):
        certificates.note(asked, "TLSV1_ALERT_UNKNOWN_CA")
        assert certificates.refusal is not None
        assert (certificates.refusal.why, certificates.refusal.name) == ("wrong_name", told)


@on_sqlite
def test_a_key_that_was_opened_to_others_is_closed_at_the_start_and_that_is_said(server: LivingServer) -> None:
    server.stop()
    with led():
        key = reachable(server, "console.test").with_name("authority.key")
        for opened_to, kept in ((0o644, 0o600), (0o640, 0o640)):
            server.stop()
            key.chmod(opened_to)
            server.start()
            assert stat.S_IMODE(key.stat().st_mode) == kept
        assert server.log().count(f"{key} was open to others") == 1


def page_of(data: Path, port: int) -> installing.InstallPage:
    held = own_for(data, Names.of(["console.test"]), datetime.now(UTC))
    config = Config(data=data, tls_certificate=held.certificate, tls_key=held.key, install_port=port)
    certificates = Certificates(config, lambda: datetime.now(UTC))
    return installing.InstallPage(config, "https://console.test", certificates, lambda: datetime.now(UTC))


def test_what_stands_in_host_is_told_where_it_can_be_a_name(tmp_path: Path) -> None:
    held = own_for(tmp_path, Names.of(["console.test"]), datetime.now(UTC))
    config = Config(data=tmp_path, tls_certificate=held.certificate, tls_key=held.key)
    reach = Reach(config, "https://console.test", lambda: datetime.now(UTC))
    for host, told in (("other.test", "other.test"), ("fd00::2", "fd00::2"), ("it. call 555", None), ("a" * 254, None)):
        reach.opened(Came("192.0.2.7", host, None, Via.STRAIGHT, tls=True), "")
        assert reach.refusal is not None
        assert (reach.refusal.why, reach.refusal.name) == ("wrong_name", told)
