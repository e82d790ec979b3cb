"""How tests reach a server by names that exist for them alone: `….test` is this computer, its authority is trusted."""

import json
import socket
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import requests
from requests.adapters import HTTPAdapter
from typing_extensions import override

from desktop.demo.phone import SoftwarePhone
from tests.living import PASSWORD, USERNAME, LivingServer, TestConsole

COLLEAGUES_PASSWORD = "quiet-Harbour-19-marble-otter"


@contextmanager
def led(ending: str = ".test") -> Iterator[None]:
    """Let `….test`, or what ends otherwise, lead to this computer."""
    real = socket.getaddrinfo

    def found(host: Any, *rest: Any, **more: Any) -> Any:
        return real("127.0.0.1" if str(host).endswith(ending) else host, *rest, **more)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(socket, "getaddrinfo", found)
        yield


def has_ipv6() -> bool:
    """Whether this computer answers to itself by IPv6, which may be compiled in and off."""
    try:
        with socket.create_server(("::1", 0), family=socket.AF_INET6):
            return True
    except OSError:
        return False


def free_port() -> int:
    """Return a port that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def reachable(server: LivingServer, *names: str, port: int = 0) -> Path:
    """Make an authority for a stopped server, and start it; the authority's certificate."""
    words = ("--name", *names, "--port", str(port or free_port()))
    done = server.run("tls", "init", *words, "--json")
    assert done.returncode == 0, done.stderr
    server.start()
    return Path(json.loads(done.stdout)["ca"])


def console_of(server: LivingServer, authority: Path, **claims: str) -> TestConsole:
    """Return a console that trusts this authority alone."""
    console = server.console(**claims)
    console._http.verify = str(authority)
    return console


def phone_of(authority: Path, name: str = "Pixel 9") -> SoftwarePhone:
    """Return a phone that has installed this authority."""
    phone = SoftwarePhone(None, name)
    phone._http.verify = str(authority)
    return phone


def handshake(port: int, name: str | None, authority: Path | None) -> ssl.SSLSocket:
    """Shake hands as a browser would; raises `ssl.SSLError` where the certificate is not trusted."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    if authority is not None:
        context.load_verify_locations(authority)
    if name is None:
        context.check_hostname = False
    connection = socket.create_connection(("127.0.0.1", port), timeout=20)
    try:
        return context.wrap_socket(connection, server_hostname=name)
    except BaseException:
        connection.close()
        raise


class Forwarding(HTTPAdapter):
    """Stands for a proxy on this computer: what a phone calls by HTTPS gets to `upstream`, with who called what."""

    def __init__(self, upstream: str, ip: str = "192.168.1.23") -> None:
        """Forward for the phone at `ip`."""
        super().__init__()
        self._upstream, self._ip = upstream, ip

    @override
    def send(self, request: requests.PreparedRequest, *rest: Any, **more: Any) -> requests.Response:
        parts = urlsplit(request.url or "")
        request.headers.update({"Host": parts.netloc, "X-Forwarded-For": self._ip, "X-Forwarded-Proto": "https"})
        request.url = self._upstream + parts._replace(scheme="", netloc="").geturl()
        return super().send(request, *rest, **more)


def set_up(server: LivingServer, authority: Path) -> TestConsole:
    """Set up over the local address, as the console of this computer does, and return one that uses the name."""
    known = server.console()
    known.url = json.loads((server.data / "server.json").read_text())["local"]
    known._http.verify = str(authority)
    body = {"organisation": "Northwind", "username": USERNAME, "email": "amelia@northwind.example"}
    known.call("POST", "/setup", body | {"password": PASSWORD}, headers={"Setup-Token": server.setup_token})
    console = console_of(server, authority)
    console.sign_in()
    return console


def invited(
    console: TestConsole, phone: SoftwarePhone, username: str, role: str = "provider", **more: Any
) -> tuple[TestConsole, str]:
    """Invite a colleague, who signs in; the colleague's console, and the grant for a phone."""
    email = f"{username}@northwind.example"
    asked = console.ask("administrator.create", username=username, email=email, role=role, **more)
    assert phone.approve(asked["id"], asked["code"]) == "executed"
    invitation = console.request(asked["id"])["result"]["invitation"]
    colleague = TestConsole(console.url, device_name="NW-LT-031")
    colleague._http.verify = console._http.verify
    told = colleague.call("POST", "/invitations", {"invitation": invitation, "password": COLLEAGUES_PASSWORD})
    colleague.sign_in(username, COLLEAGUES_PASSWORD)
    return colleague, str(told["grant"])
