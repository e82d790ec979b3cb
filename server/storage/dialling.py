"""Dialling: resolves a name once, checks every address of it, and connects to exactly one of those it has checked."""

import asyncio
import re
import socket
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from ipaddress import ip_address

from server.contract.storage import TestResult
from server.storage.addresses import Address, Network, is_allowed, plain
from server.storage.answers import StorageError

PATIENCE = 5.0  # seconds to resolve and to connect

_HOST = re.compile(r"[A-Za-z0-9_]([A-Za-z0-9_.-]{0,251}[A-Za-z0-9_.])?|[0-9A-Fa-f:.]*:[0-9A-Fa-f:.]*")

Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]
Resolve = Callable[[str], Awaitable[list[Address]]]


def is_host(text: str) -> bool:
    """Whether this is written as a host name or an address, IPv6 without its brackets."""
    return _HOST.fullmatch(text) is not None


async def resolve(host: str) -> list[Address]:
    """Ask the system for the addresses of a name, however it is written."""
    found = await asyncio.get_running_loop().getaddrinfo(host, None, type=socket.SOCK_STREAM)
    return list(dict.fromkeys(ip_address(each[4][0]) for each in found))


@dataclass(frozen=True)
class Dialling:
    """`allowed` are networks that whoever runs the server has listed."""

    allowed: tuple[Network, ...]
    resolve: Resolve = field(default=resolve)

    async def connect(self, host: str, port: int) -> Streams:
        """Connect to a host; raises `StorageError` that says why not."""
        try:
            async with asyncio.timeout(PATIENCE):
                return await self._connect(host, port)
        except TimeoutError as error:
            raise StorageError(TestResult.UNREACHABLE) from error

    async def _connect(self, host: str, port: int) -> Streams:
        failure = TestResult.UNKNOWN_HOST
        for address in await self._addresses(host, port):
            try:
                reader, writer = await asyncio.open_connection(str(address), port)
            except ConnectionRefusedError:
                failure = TestResult.REFUSED
            except OSError:
                failure = TestResult.UNREACHABLE
            else:
                return reader, writer
        raise StorageError(failure)

    async def _addresses(self, host: str, port: int) -> list[Address]:
        """Return all addresses of a host; one that is not allowed spoils them all."""
        if not is_host(host) or not 0 < port < 65536:
            raise StorageError(TestResult.INVALID)
        try:
            found = [plain(address) for address in await self.resolve(host)]
        except (OSError, ValueError) as error:  # UnicodeError, for names that are none, is a ValueError
            raise StorageError(TestResult.UNKNOWN_HOST) from error
        if not all(is_allowed(address, self.allowed) for address in found):
            raise StorageError(TestResult.NOT_ALLOWED)
        return found
