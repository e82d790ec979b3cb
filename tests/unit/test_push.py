"""Only push services on the list are asked, over https alone; what they say is told apart, and nothing else is read."""

import http.server
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any

import pytest

from server import keys, protocol
from server.config import PUSH_HOSTS
from server.push import Fate, Outcome, Pusher, Reachability, addressee, host_of, is_subscription, topic_of
from tests import push_service as pushing
from tests.push_service import Answer, PushService

push_service = pushing.push_service
NOW = datetime.now(UTC)
ORIGIN = "https://countersign.example.com:8443"


@pytest.fixture
def sender() -> keys.ServerKeys:
    return keys.ServerKeys(protocol.new_key(), protocol.new_key(), bytes(32))


def sent(pusher: Pusher, endpoint: dict[str, Any], ttl: int = 60) -> Outcome:
    return pusher.send(endpoint, b'{"a":1}', "req_0123456789abcdef", ttl, NOW)


@pytest.mark.parametrize(
    ("endpoint", "host"),
    [
        ("https://fcm.googleapis.com/fcm/send/x", "fcm.googleapis.com"),
        ("https://FCM.googleapis.com:443/x", "fcm.googleapis.com"),
        ("https://updates.push.services.mozilla.com/wpush/v2/x", "updates.push.services.mozilla.com"),
        ("https://wns2-par02p.notify.windows.com/w/?token=a%2fb", "wns2-par02p.notify.windows.com"),
        ("https://push.example.com:8443/x", "push.example.com:8443"),
    ],
)
def test_a_listed_push_service_is_known(endpoint: str, host: str) -> None:
    assert host_of(endpoint, (*PUSH_HOSTS, "push.example.com:8443")) == host


@pytest.mark.parametrize(
    "endpoint",
    [
        "http://fcm.googleapis.com/x",
        "https://fcm.googleapis.com.evil.example/x",
        "https://evil.example/fcm.googleapis.com",
        "https://fcm.googleapis.com@evil.example/x",
        "https://evil.example\\@fcm.googleapis.com/x",
        "https://fcm.googleapis.com\\@evil.example/x",
        "https://fcm.googleapis.com:8443/x",
        "https://fcm.googleapis.com:443@evil.example/x",
        "https://push.apple.com/x",
        "https://evilpush.apple.com/x",
        "https://web.push.apple.com./x",
        "https://web.push.apple.com#@evil.example/",
        "https://web.push.apple.com/a b",
        "https://web.push.apple.com/\r\nHost: evil.example",
        "https://169.254.169.254/latest/meta-data",
        "https://[::1]/x",
        "https://2130706433/x",
        "https://localhost/x",
        "https://push.example.com/x",
        " https://fcm.googleapis.com/x",
        "https://fcm.googleapis.com" + "/x" * 2000,
        "https://ｆcm.googleapis.com/x",  # noqa: RUF001 - another letter that looks the same
        "https://update\u017f.push.services.mozilla.com/x",  # letters that are s, k and i where case is ignored
        "https://\u212aeep.push.apple.com/x",
        "https://wn\u0130.notify.windows.com/x",
        "",
    ],
)
def test_no_other_address_is(endpoint: str) -> None:
    assert host_of(endpoint, (*PUSH_HOSTS, "push.example.com:8443")) is None


def test_a_message_says_who_sends_and_only_the_phone_reads_it(
    push_service: PushService, sender: keys.ServerKeys
) -> None:
    subscription = push_service.subscription()
    assert is_subscription(subscription.told)
    outcome = sent(Pusher(sender, ORIGIN, (push_service.host,), ""), subscription.told, 77)
    assert outcome == Outcome(Fate.TAKEN, push_service.host)
    [message] = push_service.messages
    assert subscription.open(message) == {"a": 1}
    assert (message.ttl, message.topic, message.headers["urgency"]) == (77, "req_0123456789abcdef", "high")
    claims = message.vapid()
    assert claims["k"] == protocol.b64u(sender.vapid_point)
    assert claims["aud"] == f"https://{push_service.host}"
    assert claims["sub"] == "https://countersign.example.com"
    assert NOW.timestamp() < claims["exp"] <= (NOW + timedelta(days=1)).timestamp()
    assert "cookie" not in message.headers


def test_what_no_browser_writes_is_no_subscription() -> None:
    told = pushing.Subscription("https://fcm.googleapis.com/x").told
    assert is_subscription({**told, "expirationTime": 1.5})
    key = {"p256dh": "\0", "auth": "A"}
    unfit: list[Any] = [{"endpoint": "http://x"}, {"keys": {}}, {"keys": key}, {"more": 1}, {"expirationTime": ["x"]}]
    unfit += [{"expirationTime": time} for time in (float("inf"), float("nan"), -1, 2**53, True)]
    unfit += [{"keys": {**told["keys"], "more": "A"}}]
    assert not any(is_subscription({**told, **each}) for each in unfit)


def test_apple_accepts_who_is_to_be_addressed() -> None:
    assert addressee("https://10.0.0.5:8443") == "https://10.0.0.5"
    for local in ("http://localhost:8443", "https://console:8443", "https://[::1]:8443"):
        assert addressee(local) == "https://countersign.invalid"


def test_a_topic_fits_whatever_the_id() -> None:
    assert topic_of("not_abc") == "not_abc"
    assert len(topic_of("x" * 64)) == 32
    assert topic_of("x" * 64) != topic_of("x" * 63)


@pytest.mark.parametrize(
    ("answer", "fate", "after"),
    [
        (Answer(202), Fate.TAKEN, 0),
        (Answer(404), Fate.GONE, 0),
        (Answer(410), Fate.GONE, 0),
        (Answer(429, {"Retry-After": "7"}), Fate.BUSY, 7),
        (Answer(429, {"Retry-After": format_datetime(NOW + timedelta(seconds=30))}), Fate.BUSY, 30),
        (Answer(429, {"Retry-After": "soon"}), Fate.BUSY, 0),
        (Answer(503), Fate.UNREACHABLE, 0),
        (Answer(400), Fate.REFUSED, 0),
        (Answer(413), Fate.REFUSED, 0),
    ],
    ids=lambda each: str(each.status) if isinstance(each, Answer) else None,
)
def test_what_it_answers_is_told_apart(
    push_service: PushService, sender: keys.ServerKeys, answer: Answer, fate: Fate, after: float
) -> None:
    push_service.answer = answer
    outcome = sent(Pusher(sender, ORIGIN, (push_service.host,), ""), push_service.subscription().told)
    assert outcome.fate is fate
    assert outcome.after == pytest.approx(after, abs=1)


def test_no_redirect_is_followed(push_service: PushService, sender: keys.ServerKeys) -> None:
    elsewhere = push_service.subscription()
    push_service.answers = [Answer(307, {"Location": elsewhere.endpoint})]
    outcome = sent(Pusher(sender, ORIGIN, (push_service.host,), ""), push_service.subscription().told)
    assert outcome.fate is Fate.REFUSED
    assert len(push_service.messages) == 1
    assert not push_service.of(elsewhere)


def test_it_waits_five_seconds_and_no_longer(
    push_service: PushService, sender: keys.ServerKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    from server import push

    assert push.PATIENCE == 5
    monkeypatch.setattr(push, "PATIENCE", 0.2)
    push_service.answer = Answer(hangs=True)
    pusher = Pusher(sender, ORIGIN, (push_service.host,), "")
    assert sent(pusher, push_service.subscription().told).fate is Fate.UNREACHABLE


def test_a_certificate_of_nobody_known_is_not_trusted(
    push_service: PushService, sender: keys.ServerKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("SSL_CERT_FILE")
    pusher = Pusher(sender, ORIGIN, (push_service.host,), "")
    assert sent(pusher, push_service.subscription().told).fate is Fate.UNREACHABLE
    assert not push_service.messages


def test_where_nothing_listens_or_the_keys_are_none_it_says_so(sender: keys.ServerKeys) -> None:
    with socket.create_server(("127.0.0.1", 0)) as closed:
        host = f"localhost:{closed.getsockname()[1]}"
    pusher = Pusher(sender, ORIGIN, (host,), "")
    told = pushing.Subscription(f"https://{host}/x").told
    assert sent(pusher, told) == Outcome(Fate.UNREACHABLE, host)
    assert sent(pusher, {**told, "keys": {"p256dh": "AAAA", "auth": "AA"}}) == Outcome(Fate.REFUSED, "")
    assert sent(Pusher(sender, ORIGIN, (), ""), told) == Outcome(Fate.REFUSED, "")


def test_the_configured_proxy_is_used_and_no_other(
    push_service: PushService, sender: keys.ServerKeys, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("https_proxy", "HTTPS_PROXY", "ALL_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    told = push_service.subscription().told
    assert sent(Pusher(sender, ORIGIN, (push_service.host,), ""), told).fate is Fate.TAKEN
    with _proxy() as (address, asked):
        assert sent(Pusher(sender, ORIGIN, (push_service.host,), address), told).fate is Fate.TAKEN
    assert asked == [push_service.host]
    assert len(push_service.messages) == 2


def test_a_proxy_that_is_away_or_refuses_is_not_taken_for_the_push_service(
    push_service: PushService,
    sender: keys.ServerKeys,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    told = push_service.subscription().told
    with socket.create_server(("127.0.0.1", 0)) as closed:
        away = f"http://user:s3cret@127.0.0.1:{closed.getsockname()[1]}"
    assert sent(Pusher(sender, ORIGIN, (push_service.host,), away), told).fate is Fate.PROXY
    with _proxy(status=407) as (address, _):
        assert sent(Pusher(sender, ORIGIN, (push_service.host,), address), told).fate is Fate.PROXY
    monkeypatch.setattr("server.push.PATIENCE", 0.2)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        hangs = f"http://127.0.0.1:{silent.getsockname()[1]}"
        assert sent(Pusher(sender, ORIGIN, (push_service.host,), hangs), told).fate is Fate.PROXY
    assert "outbound_proxy answered 407" in caplog.text
    assert "s3cret" not in caplog.text
    assert not push_service.messages


@contextmanager
def _proxy(status: int = 200) -> Iterator[tuple[str, list[str]]]:
    """Pass CONNECT on, and note to where."""
    asked: list[str] = []

    class Tunnel(http.server.BaseHTTPRequestHandler):
        def do_CONNECT(self) -> None:
            asked.append(self.path)
            if status != 200:
                self.send_error(status)
                return
            host, _, port = self.path.rpartition(":")
            with socket.create_connection((host, int(port)), timeout=10) as onward:
                self.send_response(200)
                self.end_headers()
                back = threading.Thread(target=_pass, args=(onward, self.connection))
                back.start()
                _pass(self.connection, onward)
                back.join()

        def log_message(self, *_args: Any) -> None:  # type: ignore[explicit-override]
            """Say nothing."""

    proxy = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Tunnel)
    threading.Thread(target=proxy.serve_forever, args=(0.05,), daemon=True).start()
    yield f"http://127.0.0.1:{proxy.server_address[1]}", asked
    proxy.shutdown()
    proxy.server_close()


def _pass(source: socket.socket, to: socket.socket) -> None:
    try:
        while data := source.recv(65536):
            to.sendall(data)
        to.shutdown(socket.SHUT_WR)
    except (OSError, ssl.SSLError):
        return


def test_a_trouble_is_known_from_its_begin_to_the_next_success() -> None:
    known, later = Reachability(), NOW + timedelta(minutes=1)
    known.see(Outcome(Fate.TAKEN, "a"), NOW)
    known.see(Outcome(Fate.BUSY, "a"), NOW)
    assert known.trouble(NOW) is None
    assert known.trouble(later) == ("a", Fate.BUSY, NOW), "a pause that lasts is told"
    known.see(Outcome(Fate.GONE, "a"), later)
    assert known.trouble(later) is None, "it answers"
    known.see(Outcome(Fate.UNREACHABLE, "a"), NOW)
    known.see(Outcome(Fate.BUSY, "a"), NOW)
    assert known.trouble(NOW) is None, "it can be reached"
    known.see(Outcome(Fate.TAKEN, "a"), NOW)
    known.see(Outcome(Fate.REFUSED, "a"), NOW)
    for fate in (Fate.GONE, Fate.BUSY):
        known.see(Outcome(fate, "a"), NOW)
        assert known.trouble(NOW) == ("a", Fate.REFUSED, NOW), "that one phone is gone says nothing of the others"
    known.see(Outcome(Fate.TAKEN, "a"), NOW)
    known.see(Outcome(Fate.UNREACHABLE, "b"), NOW)
    known.see(Outcome(Fate.UNREACHABLE, "b"), later)
    known.see(Outcome(Fate.REFUSED, "a"), later)
    assert known.trouble(later) == ("b", Fate.UNREACHABLE, NOW)
    known.see(Outcome(Fate.TAKEN, "b"), later)
    assert known.trouble(later) == ("a", Fate.REFUSED, later)
    known.keep({"b"})
    assert known.trouble(later) is None
