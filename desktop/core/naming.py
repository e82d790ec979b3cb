"""What somebody types as the name or the address of a server: what it means, and what is wrong with it."""

import re
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import urlsplit

from desktop.core.transport import is_loopback
from desktop.core.words import t

LONGEST_NAME, LONGEST_LABEL, LONGEST_ORIGIN = 253, 63, 100
HTTPS, HIGHEST_PORT = 443, 65535


def as_ip(text: str) -> IPv4Address | IPv6Address | None:
    """Return the address that this is, where it is one and no name."""
    try:
        return ip_address(text.strip("[]"))
    except ValueError:
        return None


def fault_of_name(text: str) -> str:
    """Say why phones cannot call a computer by this name or bare address; nothing where they can."""
    if not text:
        return t("console.field.missing")
    if (address := as_ip(text)) is not None:
        several = address.is_multicast or (address.version == 4 and address.is_reserved)
        if several or address.is_link_local:
            return t("console.reach.name_nobody", name=text)
        return t("console.reach.name_loopback", name=text) if address.is_loopback or address.is_unspecified else ""
    if any(mark in text for mark in ":/ @"):
        return t("console.reach.name_only")
    if "_" in text:
        return t("console.reach.name_underscore", name=text)
    if not is_name(text):
        strange = next((mark for mark in text if not (mark.isalnum() or mark in "-.")), "")
        key = "console.reach.name_mark" if strange else "console.reach.name_malformed"
        return t(key, name=text, mark=strange)
    return t("console.reach.name_loopback", name=text) if is_loopback(f"https://{text.rstrip('.').lower()}") else ""


def url_of(text: str) -> str:
    """Return the address that was meant."""
    return (text if "://" in text else f"https://{text}").rstrip("/")


def origin_of(text: str) -> str:
    """Return the origin that was meant as browsers write it, and so phones keep it; nothing where it is none."""
    try:
        parts = urlsplit(url_of(text))
        host, port = parts.hostname or "", parts.port or HTTPS
        shown = f"[{as_ip(host)}]" if ":" in host else host.encode("idna").decode()
    except ValueError:
        return ""
    return f"{parts.scheme}://{shown}" + (f":{port}" if port != HTTPS else "")


def fault_of_url(text: str) -> str:
    """Say why phones cannot call this address; nothing where they can."""
    if not text:
        return t("console.field.missing")
    try:
        parts = urlsplit(url_of(text))
        host, port = parts.hostname or "", parts.netloc.rpartition(":")[2]
        if port.isascii() and port.isdecimal() and not 0 < int(port) <= HIGHEST_PORT:
            return t("console.reach.url_port", port=port)
        whole = bool(host) and parts.port != 0 and not (parts.path or parts.query or parts.fragment or parts.username)
    except ValueError:
        host, whole = "", False
    if not whole or parts.scheme != "https":
        return t("console.reach.url_malformed")
    if len(url_of(text)) > LONGEST_ORIGIN:
        return t("console.reach.url_long", most=LONGEST_ORIGIN)
    if as_ip(host) is not None and not fault_of_name(host):
        return t("console.reach.url_bare")
    if host.endswith("."):
        return t("console.reach.url_dot", name=host)
    return fault_of_name(host)


def is_name(text: str) -> bool:
    """Tell whether a computer can have this name."""
    try:
        name = text.encode("idna").decode().lower().rstrip(".")
    except UnicodeError:
        return False
    labels = name.split(".")
    return (
        len(name) <= LONGEST_NAME
        and not re.fullmatch("[0-9]+|0x[0-9a-f]*", labels[-1])  # an address, to a browser
        and all(
            0 < len(each) <= LONGEST_LABEL and each.replace("-", "").isalnum() and each.strip("-") == each
            for each in labels
        )
    )
