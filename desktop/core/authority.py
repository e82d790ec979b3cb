"""Certificate authorities that this console was told to trust, each for one server alone."""

import hashlib
import json
import os
import ssl
import warnings
from pathlib import Path
from urllib.parse import urlsplit

import requests
from requests.utils import get_environ_proxies
from urllib3.exceptions import InsecureRequestWarning

from desktop.core.transport import ANSWER_WITHIN, Offline, is_loopback

A_LINE = 8
"""Pairs of a fingerprint."""
MOST = 65536
"""Bytes of an answer from somebody who is not trusted yet."""


class NoAuthority(Exception):
    """The server says of no authority of its own."""


class Authorities:
    """A small file of certificates, by the address of their server."""

    def __init__(self, file: Path) -> None:
        self._file = file

    def of(self, url: str) -> str:
        """Return the certificate (PEM) that is pinned for this server, or nothing."""
        return self._read().get(_origin(url), "")

    def pin(self, url: str, certificate: str) -> None:
        """Trust this authority for this server, and no other one."""
        self._write({**self._read(), _origin(url): certificate})

    def forget(self, url: str) -> None:
        """Trust nobody in particular for this server."""
        known = self._read()
        if known.pop(_origin(url), None) is not None:
            self._write(known)

    def _read(self) -> dict[str, str]:
        try:
            found = json.loads(self._file.read_text("utf-8"))
        except (OSError, ValueError):
            return {}
        return {str(url): str(pem) for url, pem in found.items()} if isinstance(found, dict) else {}

    def _write(self, known: dict[str, str]) -> None:
        part = self._file.with_name(f"{self._file.name}.new")
        part.unlink(missing_ok=True)
        with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as file:
            json.dump(known, file, indent=1)
        part.replace(self._file)


def presented(url: str) -> str:
    """Return the certificate (PEM) of the authority that a server says is its own; blocks, and trusts nobody.

    Raises `NoAuthority` or `Offline`. What is returned is worth nothing until a person has compared its fingerprint.
    """
    proxies = {} if is_loopback(url) else get_environ_proxies(url, no_proxy=None)
    with requests.Session() as http, warnings.catch_warnings():
        warnings.simplefilter("ignore", InsecureRequestWarning)
        http.trust_env = False
        try:
            answer = http.get(
                f"{url.rstrip('/')}/api/v1/authority",
                headers={"Accept": "application/json", "User-Agent": "Countersign console"},
                verify=False,
                proxies=dict(proxies),
                timeout=ANSWER_WITHIN,
                allow_redirects=False,
                stream=True,
            )
            body = answer.raw.read(MOST, decode_content=True)
        except (requests.RequestException, OSError) as error:
            raise Offline from error
    try:
        told = json.loads(body)
        if told.get("code") == "unknown_host":
            raise Offline("name")
        return ssl.DER_cert_to_PEM_cert(_only(str(told["certificate"])))
    except (ValueError, KeyError, TypeError, AttributeError, OSError) as error:
        raise NoAuthority from error


def _only(certificate: str) -> bytes:
    """Return the one authority (DER) of a PEM text; raises ValueError or OSError where TLS would trust another too."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    context.load_verify_locations(cadata=certificate)
    if context.cert_store_stats() != {"x509": 1, "crl": 0, "x509_ca": 1}:
        message = "this is not one authority"
        raise ValueError(message)
    [authority] = context.get_ca_certs(binary_form=True)
    return authority


def fingerprint_of(certificate: str) -> str:
    """Return the SHA-256 of an authority, in pairs with colons between, computed here: nobody is taken at his word."""
    digest = hashlib.sha256(_only(certificate)).hexdigest().upper()
    return ":".join(digest[place : place + 2] for place in range(0, len(digest), 2))


def in_lines(fingerprint: str) -> str:
    """Return it with eight pairs a line, as the install page shows it, to be compared by eye."""
    pairs = fingerprint.split(":")
    return "\n".join(":".join(pairs[place : place + A_LINE]) for place in range(0, len(pairs), A_LINE))


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{(parts.hostname or '').lower()}:{parts.port or (443 if parts.scheme == 'https' else 80)}"
