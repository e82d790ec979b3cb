"""How phones reach the server, and whether they do."""

from typing import Literal

from server.contract.message import Answer, Time

CONSOLE_ALPN = "countersign-console"
"""What a console offers in its handshake besides HTTP: one that it fails is for a person to see to, and no phone's."""


class Address(Answer):
    """A name or an address of the server's computer; `to` is where a name leads, looked up from there."""

    name: str | None = None
    ip: str | None = None
    kind: Literal["name", "ip"]
    resolves: bool
    to: list[str]


class Authority(Answer):
    """The server's own authority, as phones show it when they install it."""

    fingerprint: str
    names: list[str]
    expires_at: Time


class Certificate(Answer):
    """What is presented now, and the file that it is in; `renews_at` is null where others renew it."""

    names: list[str]
    expires_at: Time
    renews_at: Time | None
    file: str = ""


class Opened(Answer):
    """When a device other than the server's computer last opened the install page."""

    ip: str
    at: Time


class Install(Answer):
    """The page from which a phone installs the authority, open until then."""

    url: str
    open_until: Time
    opened: Opened | None = None


class Reached(Answer):
    """When a device other than the server's computer opened the app; `application` is what it says that it is."""

    ip: str
    at: Time
    application: str


class Refused(Answer):
    """The last phone that came and cannot work so; `name` is what was asked for.

    `proxy_silent` is that what is in front does not say for whom it calls, `proxy_unlisted` that it says so without
    being one of `trusted_proxies` (`name` is its address in both), `proxy_host` that it called us by another name.
    """

    at: Time
    why: Literal["untrusted", "wrong_name", "other", "proxy_silent", "proxy_unlisted", "proxy_host"]
    name: str | None


class Reach(Answer):
    """`origin` is the current public URL, `port` where the server listens for it.

    `interface` is the one address that it listens on, null for all of them, and `ipv6` whether it listens by IPv6 or
    needs not, since no phone calls it there itself; `pin_devices` is whether phones may
    confirm with a PIN of the app instead of a screen lock. `fault` says which file of a certificate is missing or
    cannot be read or renewed by now, while what was read before is still presented; or, where it is `misnamed`, for
    whom the certificate is that is presented, and that it is not for the origin's host.
    """

    origin: str
    how: Literal["this_computer", "own_authority", "certificate", "proxy"]
    addresses: list[Address]
    authority: Authority | None
    certificate: Certificate | None
    port: int
    interface: str | None = None
    ipv6: bool = True
    install: Install | None
    reached: Reached | None
    refused: Refused | None
    pin_devices: bool = False
    fault: str | None = None
    misnamed: bool = False
    now: Time


class Pinned(Answer):
    """The own authority's certificate (PEM); worth something once a person has compared the fingerprint."""

    certificate: str
    fingerprint: str


class OriginDevice(Answer):
    """A phone, and the origin that it keeps, under which it was set up; `pin` is whether it confirms with one."""

    id: str
    name: str
    username: str
    origin: str = ""
    pin: bool = False
    enrolled_at: Time | None = None


class Origin(Answer):
    """An address under which phones were enrolled, and which is served for them.

    `port` is where the server listens for it, null where it does not, and `upstream` the same where a proxy or tunnel
    in front of it forwards to there. `fault` says why its phones do not get in, and what to do; `warning` why they may
    not, or not for long.
    """

    origin: str
    current: bool
    port: int | None = None
    upstream: int | None = None
    fault: str | None = None
    warning: str | None = None
    devices: list[OriginDevice]
