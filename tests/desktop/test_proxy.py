"""What the console meets at the public URL of a proxy: the server, somebody else, nobody, or what it cannot judge."""

import http.server
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from desktop.core.proxy import Proxy, proxy_at
from server.holdings import Holding, own_for
from server.tls import Names
from tests.server.reaching import free_port, led


@pytest.fixture(autouse=True)
def _names() -> Iterator[None]:
    with led():
        yield


def test_what_is_met_at_the_public_url_is_told_apart(tmp_path: Path) -> None:
    held = own_for(tmp_path, Names.of(["console.test"]), datetime.now(UTC))
    assert held.authority
    pinned = held.authority.read_text("ascii")
    for status, body, met in (
        (200, b'{"status":"ok","version":"0.1.0","setup_done":true}', Proxy.ANSWERS),
        (200, b"<h1>Welcome</h1>", Proxy.STRANGE),
        (200, b"[]", Proxy.STRANGE),
        (502, b"<h1>Bad Gateway</h1>", Proxy.STRANGE),
    ):
        with answering(held, status, body) as port:
            assert proxy_at(f"https://console.test:{port}", pinned) is met, body
            assert proxy_at(f"https://console.test:{port}") is Proxy.UNTRUSTED
            assert proxy_at(f"https://other.test:{port}", pinned) is Proxy.WRONG_CERTIFICATE
    assert proxy_at(f"https://console.test:{free_port()}") is Proxy.REFUSED
    assert proxy_at("https://nobody.invalid") is Proxy.UNKNOWN_NAME


@contextmanager
def answering(held: Holding, status: int, body: bytes) -> Iterator[int]:
    """Answer each call alike; the port."""

    class Same(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_args: Any) -> None:  # type: ignore[explicit-override]
            """Say nothing."""

    made = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Same)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(held.certificate, held.key)
    made.socket = context.wrap_socket(made.socket, server_side=True)
    threading.Thread(target=made.serve_forever, args=(0.05,), daemon=True).start()
    yield int(made.server_address[1])
    made.shutdown()
    made.server_close()
