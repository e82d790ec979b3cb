"""What this computer is called, which addresses it has, and where its names lead."""

import socket
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from ipaddress import IPv4Address, IPv6Address, ip_address

PATIENCE = 2.0  # seconds that all names together have to be looked up
LONGEST_USE = 10.0  # seconds for which what was found is told again
_ELSEWHERE = (("192.0.2.1", socket.AF_INET), ("2001:db8::1", socket.AF_INET6))  # for documentation: never sent to


@dataclass(frozen=True)
class Way:
    """A name or an address by which this computer may be reached; `to` is what a name leads to, from here."""

    text: str
    is_name: bool
    resolves: bool
    to: tuple[str, ...]


def address_of(text: str) -> IPv4Address | IPv6Address:
    """Return an address, one of IPv4 inside IPv6 (RFC 4291, 2.5.5.2) as what it is; raises ValueError."""
    address = ip_address(text)
    return getattr(address, "ipv4_mapped", None) or address


def own() -> list[str]:
    """Return the addresses that others can use, the one of the way out first."""
    usable = [text for text in _assigned() if is_usable(text)]
    first = [text for text in map(_outward, _ELSEWHERE) if is_usable(text)]
    return list(dict.fromkeys([*first, *sorted(usable, key=lambda text: (":" in text, text))]))


def _assigned() -> list[str]:
    import psutil  # noqa: PLC0415 - only a few calls need it

    try:
        return [address.address for each in psutil.net_if_addrs().values() for address in each]
    except OSError:  # a hardened service may not ask
        return []


def is_usable(text: str) -> bool:
    """Whether others can call a computer by this address."""
    try:
        address = ip_address(text)
    except ValueError:
        return False  # a hardware address, or one that is bound to an interface
    several = address.is_multicast or (address.version == 4 and address.is_reserved)
    return not (address.is_loopback or address.is_link_local or address.is_unspecified or several)


def _outward(elsewhere: tuple[str, socket.AddressFamily]) -> str:
    address, family = elsewhere
    try:
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            asking.connect((address, 9))
            return str(asking.getsockname()[0])
    except OSError:
        return ""


def is_own(text: str) -> bool:
    """Whether an address is one of this computer's, those that nobody else can use included."""
    try:
        address = address_of(text)
    except ValueError:
        return False
    return address.is_loopback or str(address) in own()


def ways(more: Sequence[str] = (), patience: float = PATIENCE) -> list[Way]:
    """Return every name and address, `more` names first, each looked up; blocks for `patience` at most."""
    until = time.monotonic() + patience
    host = socket.gethostname().lower()
    bare = host.partition(".")[0]
    [full] = _within(until, [lambda: [socket.getfqdn().lower()]])
    names = [each for each in dict.fromkeys([*more, *full, host, f"{bare}.local"]) if _is_name(each)]
    led = _within(until, [partial(_lookup, name) for name in names])
    here = own()
    found = [Way(name, True, bool(set(to) & set(here)), tuple(to)) for name, to in zip(names, led, strict=True)]
    return found + [Way(address, False, True, (address,)) for address in here]


def _is_name(text: str) -> bool:
    if not text or text == "localhost" or text.startswith("localhost.") or text.endswith(".arpa"):
        return False
    try:
        ip_address(text)
    except ValueError:
        return True
    return False


def _lookup(name: str) -> list[str]:
    try:
        found = socket.getaddrinfo(name, None, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError):
        return []
    return list(dict.fromkeys(str(each[4][0]) for each in found))


def looked_up(name: str, patience: float = PATIENCE) -> list[str]:
    """Return where a name leads; blocks for `patience` at most."""
    [found] = _within(time.monotonic() + patience, [partial(_lookup, name)])
    return found


def _within(until: float, lookups: Sequence[Callable[[], list[str]]]) -> list[list[str]]:
    """Run all of them, each in a thread that nobody waits for longer than `until`: resolvers can hang for long."""
    found: list[list[str]] = [[] for _ in lookups]

    def run(place: int) -> None:
        found[place] = lookups[place]()

    threads = [threading.Thread(target=run, args=(place,), daemon=True) for place in range(len(lookups))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(max(0.0, until - time.monotonic()))
    return list(found)


class Looking:
    """The ways, looked up anew when they are asked for after a while, and by one thread alone."""

    def __init__(self) -> None:
        """Know nothing yet."""
        self._turn = threading.Lock()
        self._found: tuple[float, tuple[str, ...], list[Way]] | None = None

    def found(self, more: tuple[str, ...]) -> list[Way]:
        """Return what was found not long ago; blocks."""
        with self._turn:
            if self._found is None or self._found[1] != more or time.monotonic() - self._found[0] > LONGEST_USE:
                ways_now = ways(more)
                self._found = time.monotonic(), more, ways_now
            return self._found[2]
