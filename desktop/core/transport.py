"""HTTP to one server: proxies, certificates, time-outs, and errors as the contract's problems."""

import ipaddress
import ssl
from collections.abc import Callable, Iterable, Mapping
from http.cookiejar import DefaultCookiePolicy
from typing import Any
from urllib.parse import urlsplit

import requests
import truststore
from requests.adapters import HTTPAdapter
from requests.utils import get_environ_proxies
from typing_extensions import override
from urllib3.exceptions import NameResolutionError, NewConnectionError
from urllib3.util import Retry

from desktop.core.clock import ahead_of
from server.contract.problem import Problem
from server.contract.reach import CONSOLE_ALPN

ANSWER_WITHIN = (3.05, 20.0)
"""Seconds to connect, and between two bytes of an answer."""

UNREADABLE = "unreadable_answer"
"""The code of a problem whose answer is none of a Countersign server."""


class Offline(Exception):
    """The server cannot be reached; `reason` tells why, and each has its sentence under `console.offline.`.

    `unknown_name` is a name that leads nowhere, `refused` a computer where nothing listens at this port, and
    `unreachable` all silence; `certificate` is one that is not trusted, `name` one for another name, `date` one that is
    not valid by this computer's clock, and `changed` one that the authority pinned for this server has not signed;
    `scheme` is what speaks no TLS.
    """

    def __init__(self, reason: str = "unreachable") -> None:
        super().__init__(reason)
        self.reason = reason


class Transport:
    """Sends calls to one server; safe to use from several threads.

    With `authority`, a certificate in PEM, that one alone is trusted, and without it those of the system.
    """

    def __init__(self, url: str, authority: str = "") -> None:
        self.heard: Callable[[float], None] | None = None
        """Takes by how many seconds this computer's clock is ahead of the server's, from whichever thread."""
        self.move(url, authority)

    def move(self, url: str, authority: str = "") -> None:
        """Go on with the same server under another address; calls under way end as they would have."""
        url = url.rstrip("/")
        # Never `trust_env`: it would also read .netrc, which replaces the Authorization header.
        http = requests.Session()
        http.trust_env = False
        http.cookies.set_policy(DefaultCookiePolicy(allowed_domains=[]))
        for scheme in ("http://", "https://"):
            http.mount(scheme, _Adapter(authority))
        self.url, self.authority, self._http = url, authority, http
        self._proxies = {} if is_loopback(url) else get_environ_proxies(url, no_proxy=None)

    def send(
        self,
        method: str,
        path: str,
        *,
        body: str | None = None,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
        stream: bool = False,
        timeout: tuple[float, float] = ANSWER_WITHIN,
    ) -> requests.Response:
        """Return a successful answer, or raise its `Problem`, or `Offline`."""
        try:
            response = self._http.request(
                method,
                self.url + path,
                data=None if body is None else body.encode(),
                params=params,
                headers={
                    **_HEADERS,
                    **({"Content-Type": "application/json"} if body is not None else {}),
                    **(headers or {}),
                },
                stream=stream,
                timeout=timeout,
                proxies=dict(self._proxies),
                allow_redirects=False,
            )
        except requests.exceptions.SSLError as error:
            raise Offline(self._fault(error)) from error
        except requests.RequestException as error:
            raise Offline(_silence(error)) from error
        if self.heard is not None and (ahead := ahead_of(response.headers)) is not None:
            self.heard(ahead)
        if response.status_code not in _SUCCESS:
            raise _problem(response)
        return response

    def close(self) -> None:
        """Drop the connections."""
        self._http.close()

    def _fault(self, error: requests.exceptions.SSLError) -> str:
        words = str(error).lower()
        if "wrong_version_number" in words or "record layer failure" in words:
            return "scheme"
        if "certificate" not in words:
            return "unreachable"
        if _verify_code(error) in _OUT_OF_DATE:
            return "date"
        if "mismatch" in words:
            return "name"
        return "changed" if self.authority else "certificate"


def _verify_code(error: BaseException | None) -> int:
    """Return why a certificate was refused, as whoever verified it counts: below what the libraries wrap it into."""
    while error is not None and not isinstance(error, ssl.SSLCertVerificationError):
        within = getattr(error, "reason", None) or next(iter(error.args), None)
        error = within if isinstance(within, BaseException) else None
    return error.verify_code if error is not None else 0


def _silence(error: requests.RequestException) -> str:
    """Tell apart what a person would mend in different ways; behind a proxy it is the proxy's to know."""
    why = getattr(error.args[0] if error.args else None, "reason", None)
    if isinstance(why, NameResolutionError):
        return "unknown_name"
    refused = isinstance(why, NewConnectionError) and isinstance(why.__cause__, ConnectionRefusedError)
    return "refused" if refused else "unreachable"


def is_loopback(url: str) -> bool:
    """Tell whether this address is this computer's own; no proxy may stand in between."""
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


_HEADERS = {"Accept": "application/json", "User-Agent": "Countersign console"}
_SUCCESS = frozenset({200, 201, 202, 204})
_OUT_OF_DATE = frozenset({9, 10, 0x800B0101, -67819, -67818})
"""Not valid yet, or not any more: as OpenSSL, Windows (for both) and macOS say it."""
_RETRY = Retry(total=1, connect=0, read=1, status=0, redirect=0, allowed_methods={"GET"}, backoff_factor=0)
"""A kept connection may have been closed just now: that alone is tried again, and only for what changes nothing."""


class _Context(ssl.SSLContext):
    """Says in the handshake that this is a console, so that the server takes no refusal of ours for a phone's."""

    @override
    def set_alpn_protocols(self, alpn_protocols: Iterable[str]) -> None:
        super().set_alpn_protocols([CONSOLE_ALPN, *alpn_protocols])


class _System(_Context, truststore.SSLContext):  # type: ignore[misc]  # `get_ca_certs` is typed anew
    """Trusts the certificates of the system."""


class _Adapter(HTTPAdapter):
    """Trusts the certificates of the system, or one authority alone."""

    def __init__(self, authority: str) -> None:
        self._authority = authority
        super().__init__(max_retries=_RETRY)

    @override
    def init_poolmanager(self, *args: Any, **kwargs: Any) -> None:
        super().init_poolmanager(*args, ssl_context=self._context(), **kwargs)

    @override
    def proxy_manager_for(self, *args: Any, **kwargs: Any) -> Any:
        return super().proxy_manager_for(*args, ssl_context=self._context(), **kwargs)

    def _context(self) -> ssl.SSLContext:
        if not self._authority:
            return _System(ssl.PROTOCOL_TLS_CLIENT)
        context = _Context(ssl.PROTOCOL_TLS_CLIENT)
        context.load_verify_locations(cadata=self._authority)
        return context

    @override
    def cert_verify(self, conn: Any, url: Any, verify: Any, cert: Any) -> None:
        conn.cert_reqs = "CERT_REQUIRED"  # and no file of certificates: they are the system's


def _problem(response: requests.Response) -> Problem:
    try:
        members: dict[str, Any] = dict(response.json())
    except (ValueError, TypeError):
        members = {}
    known = {name: members.pop(name, "") for name in ("code", "title", "detail", "call_id")}
    for name in ("type", "status", "instance"):
        members.pop(name, None)
    problem = Problem(
        response.status_code,
        str(known["code"] or UNREADABLE),
        str(known["title"] or f"The server answered {response.status_code}"),
        str(known["detail"]),
        headers=dict(response.headers),
    )
    problem.members = members
    problem.call_id = str(known["call_id"])
    response.close()
    return problem
