"""The examples of what stands in front of a server: nginx's is run, and each fits the command that it begins with."""

import itertools
import json
import os
import re
import shlex
import shutil
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from requests.adapters import HTTPAdapter
from typing_extensions import override

import resources
from server.holdings import own_for
from server.tls import Names
from tests.both import on_sqlite
from tests.living import ROOT, LivingServer
from tests.proving import wait_for
from tests.server.reaching import console_of, free_port, led, phone_of
from tests.storage.services import listens

NAME = "countersign.example.com"
NGINX = "nginx/countersign.conf"
EXAMPLES = {
    "caddy/Caddyfile": (r"^(\S+) \{", r"reverse_proxy 127\.0\.0\.1:(\d+) "),
    NGINX: (r"server_name (\S+);", r"proxy_pass http://127\.0\.0\.1:(\d+);"),
    "tailscale/serve": (r"^(name)=", r"^tailscale serve --bg (\d+)$"),
}
"""Where each says for which name it stands, and to which port it forwards."""
CONSOLE, PHONE = "127.0.0.2", "127.0.0.3"
"""Addresses from which these call: this computer's too, and none from which a proxy calls."""
SOON = 10
"""Seconds within which an event comes: a stream that has none gives a sign of life after 15."""
NOBODY = 65534
CONFIGURATION = """
pid {folder}/pid;
daemon off;
events {{}}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    include {folder}/countersign.conf;
}}
"""


@pytest.mark.parametrize("example", EXAMPLES)
def test_an_example_forwards_to_where_the_command_in_it_lets_the_server_listen(example: str) -> None:
    (name,), (upstream,) = (re.findall(each, text_of(example), re.MULTILINE) for each in EXAMPLES[example])
    told = dict(itertools.pairwise(command_of(example)))
    assert told["--port"] == upstream
    assert told["--public-url"] == f"https://{'$name' if name == 'name' else name}"
    assert name in ("name", NAME)
    assert f"--name {NAME}" in (ROOT / "README.md").read_text("utf-8")


@on_sqlite
def test_a_phone_confirms_through_nginx_as_the_example_has_it(start_server: Callable[..., LivingServer]) -> None:
    program, server = nginx(), start_server()
    server.set_up()
    server.stop()
    port, upstream = free_port(), free_port()
    done = server.run(*command_of(NGINX), "--public-url", f"https://{NAME}:{port}", "--port", str(upstream))
    assert done.returncode == 0, done.stderr
    server.start()
    with in_front(program, port, upstream) as authority, led(NAME):
        console, phone = console_of(server, authority), phone_of(authority)
        console._http.mount("https://", From(CONSOLE))
        phone._http.mount("https://", From(PHONE))
        phone._http.headers["X-Forwarded-For"] = "192.168.1.23"  # what it says of itself counts for nothing
        console.sign_in()
        on = console.enrol(phone)
        assert phone.approve(on["id"], on["code"]) == "executed"
        opened = phone._http.get(f"{phone.origin}/phone/", timeout=20)
        assert (opened.status_code, "max-age" in opened.headers["strict-transport-security"]) == (200, True)
        other = phone._http.get(f"{phone.origin}/phone/", headers={"Host": "other.example.com"}, timeout=20)
        assert other.status_code == 400, "the name by which it was called is passed on"
        headers = {"Authorization": f"Bearer {phone.token}"}
        with phone._http.get(
            f"{phone.origin}/phone/api/v1/events", headers=headers, stream=True, timeout=SOON
        ) as events:
            lines = events.iter_lines(chunk_size=1, decode_unicode=True)
            assert next(lines) == ": connected"
            asked = console.delete(console.user())
            assert json.loads(next(line for line in lines if line.startswith("data:"))[5:]) == {"topics": ["requests"]}
        assert phone.request(asked["id"]).details["ip"] == CONSOLE
        assert phone.approve(asked["id"], asked["code"]) == "executed"
        assert [each["ip"] for each in console.audit(event="enrolment:claimed")] == [PHONE]
        assert console.call("GET", "/reach")["refused"] is None
        assert console.call("GET", "/health")["details"]["warnings"] == []


class From(HTTPAdapter):
    """Calls from one address of this computer."""

    def __init__(self, address: str) -> None:
        """Call from there."""
        self._address = address
        super().__init__()

    @override
    def init_poolmanager(self, *rest: Any, **more: Any) -> None:
        super().init_poolmanager(*rest, **more, source_address=(self._address, 0))


def text_of(example: str) -> str:
    return resources.path("deploy", example).read_text("utf-8")


def command_of(example: str) -> list[str]:
    """Return the words of the command by which the server goes behind it."""
    (line,) = (each for each in text_of(example).splitlines() if "countersign-server tls" in each)
    return shlex.split(line.lstrip("# "))[1:]


def nginx() -> str:
    """Return where it is; without it the test is skipped, or fails where it is required."""
    found = shutil.which("nginx", path=f"{os.defpath}:/usr/sbin:/usr/local/sbin")
    if found is None and os.environ.get("COUNTERSIGN_REQUIRE_NGINX") == "1":
        pytest.fail("COUNTERSIGN_REQUIRE_NGINX is 1, and there is no nginx")
    if found is None:
        pytest.skip("there is no nginx")
    return found


@contextmanager
def in_front(program: str, port: int, upstream: int) -> Iterator[Path]:
    """Run it as nobody, with the example as it is but for ports and certificate; gives the certificate's authority."""
    with tempfile.TemporaryDirectory(prefix="nginx") as made:
        folder = Path(made)
        held = own_for(folder, Names.of([NAME]), datetime.now(UTC))
        assert held.authority
        text, lies = text_of(NGINX), f"/etc/letsencrypt/live/{NAME}"
        for shipped, ours in (
            ("listen 443 ", f"listen {port} "),
            ("listen [::]:443 ", f"listen [::]:{port} "),
            (f"{lies}/fullchain.pem", str(held.certificate)),
            (f"{lies}/privkey.pem", str(held.key)),
            (":8400;", f":{upstream};"),
        ):
            assert text.count(shipped) == 1, shipped
            text = text.replace(shipped, ours)
        (folder / "countersign.conf").write_text(text, "utf-8")
        (folder / "nginx.conf").write_text(CONFIGURATION.format(folder=folder), "utf-8")
        command = [program, "-p", str(folder), "-c", str(folder / "nginx.conf"), "-e", "stderr"]
        if os.geteuid() == 0:
            command = ["setpriv", f"--reuid={NOBODY}", f"--regid={NOBODY}", "--clear-groups", *command]
            for each in (folder, *folder.rglob("*")):
                os.chown(each, NOBODY, NOBODY)
        process = subprocess.Popen(command)
        try:
            wait_for(lambda: listens(port) or process.poll() is not None)
            assert process.poll() is None, "it does not take the example"
            yield held.authority
        finally:
            process.terminate()  # and not killed: its workers would stay
            process.wait(20)
