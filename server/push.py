"""Web Push: encrypts one message, signs it with the VAPID key, hands it to the push service, says what became of it.

The endpoint is an address that a phone gave us. So only the hosts of a list are ever asked, over https, without
redirects, and of what they answer nothing but status and Retry-After is read. The libraries are imported with the first
message: they would be half of the server's start.
"""

import re
import ssl
import threading
from collections.abc import Iterable
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import parsedate_to_datetime
from enum import StrEnum
from functools import cached_property
from http.cookiejar import DefaultCookiePolicy
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

from typing_extensions import override

from server import protocol
from server.keys import ServerKeys
from server.log import log

if TYPE_CHECKING:
    import requests
    from requests.adapters import HTTPAdapter

PATIENCE = 5.0  # seconds to connect, and for the answer
BUSY_LASTS = timedelta(minutes=1)
SIGNED_FOR = timedelta(hours=12)  # a service refuses more than a day
LONGEST_ENDPOINT, LONGEST_TOPIC = 2048, 32
ADDRESSEE = "https://countersign.invalid"

_KEY = re.compile(r"[A-Za-z0-9_+/-]{1,100}={0,2}")
_ENDPOINT = re.compile(r"https://([a-z0-9-]+(?:\.[a-z0-9-]+)*)(?::([0-9]{1,5}))?(/[!-~]*)?", re.ASCII | re.IGNORECASE)


class Fate(StrEnum):
    """What became of a message; `busy`, `unreachable` and `proxy`, the way there, are worth another try."""

    TAKEN = "taken"
    GONE = "gone"
    REFUSED = "refused"
    BUSY = "busy"
    UNREACHABLE = "unreachable"
    PROXY = "proxy"


@dataclass(frozen=True)
class Outcome:
    """What a push service said; `after` is how many seconds it asks us to wait."""

    fate: Fate
    host: str
    after: float = 0.0


class Reachability:
    """What is known of the push services since the server started: which do not take messages, and since when."""

    def __init__(self) -> None:
        """Know of no trouble."""
        self._troubles: dict[str, tuple[Fate, datetime]] = {}

    def see(self, outcome: Outcome, now: datetime) -> None:
        """Remember a trouble from when it began; the next success of that host ends it."""
        before = self._troubles.get(outcome.host)
        answers = outcome.fate is Fate.GONE and before and before[0] is not Fate.REFUSED
        if outcome.fate is Fate.TAKEN or answers:
            self._troubles.pop(outcome.host, None)
        elif outcome.fate is Fate.BUSY and before and before[0] is Fate.REFUSED:
            return  # a pause says nothing of that
        elif outcome.fate is not Fate.GONE and outcome.host:
            since = before[1] if before and before[0] is outcome.fate else now
            self._troubles[outcome.host] = outcome.fate, since

    def keep(self, hosts: set[str]) -> None:
        """Forget all hosts but these."""
        self._troubles = {host: trouble for host, trouble in self._troubles.items() if host in hosts}

    def trouble(self, now: datetime) -> tuple[str, Fate, datetime] | None:
        """Return host, trouble and since when, of the one that has lasted longest; null where all is well.

        A service that asks for a pause is in no trouble until that has lasted.
        """
        told = ((since, host, fate) for host, (fate, since) in self._troubles.items())
        longest = sorted(each for each in told if each[2] is not Fate.BUSY or now >= each[0] + BUSY_LASTS)
        return (longest[0][1], longest[0][2], longest[0][0]) if longest else None


def is_subscription(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    """Whether this is a Web Push subscription as a browser writes it."""
    return (
        isinstance(value, dict)
        and set(value) <= {"endpoint", "expirationTime", "keys"}
        and isinstance(value.get("endpoint"), str)
        and value["endpoint"].startswith("https://")
        and len(value["endpoint"]) <= LONGEST_ENDPOINT
        and _is_time(value.get("expirationTime"))
        and isinstance(value.get("keys"), dict)
        and set(value["keys"]) == {"p256dh", "auth"}
        and all(_is_key(key) for key in value["keys"].values())
    )


def _is_time(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return value is None or (type(value) in (int, float) and 0 <= value < 2**53)  # 1e999 is none that JSON can hold


def _is_key(value: Any) -> bool:  # noqa: ANN401 - any JSON value
    return isinstance(value, str) and _KEY.fullmatch(value) is not None


def host_of(endpoint: str, allowed: Iterable[str]) -> str | None:
    """Return the host (and port) that an endpoint leads to, null where `allowed` does not hold it.

    A pattern is a host name, or `*.` and the name that it lies under, and allows the usual port alone unless it names
    another. What is not written in the one plain way leads nowhere.
    """
    found = _ENDPOINT.fullmatch(endpoint)
    if found is None or len(endpoint) > LONGEST_ENDPOINT:
        return None
    host, port = found[1].lower(), found[2] or "443"
    for pattern in allowed:
        name, _, its_port = pattern.partition(":")
        fits = host.endswith(name[1:]) and host != name[2:] if name.startswith("*.") else host == name
        if fits and port == (its_port or "443"):
            return host if port == "443" else f"{host}:{port}"
    return None


def topic_of(name: str) -> str:
    """Return the Topic of a message: a later one with the same replaces it (RFC 8030, section 5.4)."""
    return name if len(name) <= LONGEST_TOPIC else protocol.b64u(protocol.sha(name.encode()))[:LONGEST_TOPIC]


def addressee(origin: str) -> str:
    """Return the VAPID `sub`: the public URL without its port.

    Apple and the library refuse anything but a https or mailto URI with a whole name; for a server that is known on
    this computer alone there is none, and no Apple phone reaches it either.
    """
    parts = urlsplit(origin)
    whole = parts.scheme == "https" and "." in (parts.hostname or "")
    return f"https://{parts.hostname}" if whole else ADDRESSEE


class Pusher:
    """Sends messages; may be used from several threads. Reads nothing of the environment but SSL_CERT_FILE."""

    def __init__(self, keys: ServerKeys, origin: str, hosts: tuple[str, ...], proxy: str) -> None:
        """Know who sends, where to, and through which proxy."""
        self._keys, self._addressee, self._hosts = keys, addressee(origin), hosts
        self._proxies = {"https": proxy} if proxy else {}
        self._making = threading.Lock()

    def send(self, subscription: dict[str, Any], message: bytes, topic: str, ttl: int, now: datetime) -> Outcome:
        """Hand one message to the push service; waits for it, so never on the event loop."""
        host = host_of(subscription["endpoint"], self._hosts)
        if host is None:
            return Outcome(Fate.REFUSED, "")
        try:
            headers, body = self._encoded(subscription, message, host, now)
        except Exception as error:  # noqa: BLE001 - the library raises anything for keys that are none
            log.warning("a push subscription at %s has no usable keys: %s", host, type(error).__name__)
            return Outcome(Fate.REFUSED, "")  # that service was not asked
        headers |= {"TTL": str(max(0, ttl)), "Urgency": "high", "Topic": topic_of(topic)}
        return self._handed(subscription["endpoint"], host, headers, body, now)

    def _encoded(
        self, subscription: dict[str, Any], message: bytes, host: str, now: datetime
    ) -> tuple[dict[str, str], bytes]:
        from py_vapid import Vapid02  # noqa: PLC0415
        from pywebpush import WebPusher  # noqa: PLC0415

        claims = {"aud": f"https://{host}", "sub": self._addressee, "exp": int((now + SIGNED_FOR).timestamp())}
        vapid = Vapid02()
        vapid.private_key = self._keys.vapid
        signed: dict[str, str] = vapid.sign(claims)
        body: bytes = WebPusher(subscription).encode(message)["body"]
        return {**signed, "Content-Encoding": "aes128gcm", "Content-Type": "application/octet-stream"}, body

    def _handed(self, endpoint: str, host: str, headers: dict[str, str], body: bytes, now: datetime) -> Outcome:
        import requests  # noqa: PLC0415

        try:
            answer = self._http.post(
                endpoint,
                data=body,
                headers={**headers, "Connection": "close"},
                timeout=PATIENCE,
                allow_redirects=False,
                stream=True,  # the body is never read
                proxies=self._proxies,
            )
        except (requests.RequestException, OSError, ValueError) as error:
            log.warning("the push service at %s cannot be reached: %s", host, _why(error))
            at_proxy = (requests.exceptions.ProxyError, requests.Timeout)  # who hangs behind it is not to be told
            return Outcome(Fate.PROXY if self._proxies and isinstance(error, at_proxy) else Fate.UNREACHABLE, host)
        with closing(answer):
            fate = _fate(answer.status_code)
            if fate is not Fate.TAKEN:
                log.warning("the push service at %s answered %d", host, answer.status_code)
            return Outcome(fate, host, _seconds(answer.headers.get("Retry-After", ""), now))

    @property
    def _http(self) -> "requests.Session":
        with self._making:
            return self._session

    @cached_property
    def _session(self) -> "requests.Session":
        import requests  # noqa: PLC0415

        session = requests.Session()
        session.trust_env = False
        session.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        session.headers.clear()
        session.headers["User-Agent"] = "Countersign"
        session.mount("https://", _system_trust())
        return session


def _system_trust() -> "HTTPAdapter":
    """Return what trusts the certificates of the system, directly and through a proxy."""
    import truststore  # noqa: PLC0415
    from requests.adapters import HTTPAdapter  # noqa: PLC0415

    def context() -> ssl.SSLContext:
        return truststore.SSLContext(ssl.PROTOCOL_TLS_CLIENT)

    class Adapter(HTTPAdapter):
        @override
        def init_poolmanager(self, *args: Any, **more: Any) -> None:
            super().init_poolmanager(*args, ssl_context=context(), **more)

        @override
        def proxy_manager_for(self, *args: Any, **more: Any) -> Any:
            return super().proxy_manager_for(*args, ssl_context=context(), **more)

        @override
        def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
            conn.cert_reqs = "CERT_REQUIRED"  # and no file of certificates: they are the system's

    return Adapter()


def _why(error: Exception) -> str:
    """Name an error, without its words: they may hold the proxy's password. What a proxy answered is told."""
    answered = re.search(r"Tunnel connection failed: ([0-9]{3})", str(error))
    return f"outbound_proxy answered {answered[1]}" if answered else type(error).__name__


def _fate(status: int) -> Fate:
    if 200 <= status < 300:
        return Fate.TAKEN
    if status in (404, 410):
        return Fate.GONE
    if status == 429:
        return Fate.BUSY
    return Fate.UNREACHABLE if status >= 500 else Fate.REFUSED


def _seconds(retry_after: str, now: datetime) -> float:
    """Read Retry-After: seconds, or a date."""
    text = retry_after.strip()
    if text.isascii() and text.isdigit():
        return float(text[:9])
    try:
        return max(0.0, (parsedate_to_datetime(text) - now).total_seconds()) if text else 0.0
    except (ValueError, TypeError, OverflowError):
        return 0.0
