"""Addresses: which of them the engine may be led to. What is not public must be listed by whoever runs the server."""

from collections.abc import Iterable
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

_UNICAST = IPv6Network("2000::/3")  # all of IPv6 that was ever given out; what is new is refused until it is known here
_NEVER_PUBLIC = tuple(
    ip_network(network)
    for network in (
        "0.0.0.0/8",
        "10.0.0.0/8",
        "100.64.0.0/10",
        "127.0.0.0/8",
        "168.63.129.16/32",  # Azure tells its machines about themselves there
        "169.254.0.0/16",
        "172.16.0.0/12",
        "192.0.0.0/24",
        "192.0.2.0/24",
        "192.88.99.0/24",
        "192.168.0.0/16",
        "198.18.0.0/15",
        "198.51.100.0/24",
        "203.0.113.0/24",
        "224.0.0.0/3",  # multicast, reserved, broadcast
        "2001::/23",  # Teredo among others
        "2001:db8::/32",
        "2002::/16",  # 6to4
        "3fff::/20",
    )
)
_NAT64 = IPv6Network("64:ff9b::/96")
_ISATAP = (0x00005EFE, 0x02005EFE)  # the third quarter of such an address; the last one is IPv4


def is_allowed(address: Address, allowed: Iterable[Network]) -> bool:
    """Whether it is listed, or public; an IPv4 address inside an IPv6 one must be so too."""
    listed = tuple(allowed)
    address = plain(address)
    if any(address in network for network in listed):
        return True
    if isinstance(address, IPv6Address):
        inner = IPv4Address(int(address) & 0xFFFFFFFF)
        if address in _NAT64:
            return is_allowed(inner, listed)
        if (int(address) >> 32) & 0xFFFFFFFF in _ISATAP and not is_allowed(inner, listed):
            return False
        if address not in _UNICAST or address.scope_id is not None:
            return False
    return not any(address in network for network in _NEVER_PUBLIC)


def plain(address: Address) -> Address:
    """Return the IPv4 address for an IPv6 one that is nothing else (`::ffff:a.b.c.d`)."""
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return mapped or address
