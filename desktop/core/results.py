"""The secrets of results, sealed for this console alone: whoever has copied its session's token cannot read them.

The library is imported with the first wish: it would be a part of the console's start.
"""

import base64
import secrets
from contextlib import suppress
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from pydantic import RootModel

from server.contract.problem import Problem
from server.contract.request import Request
from server.contract.two_factor import RecoveryCodes

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey

Secrets = RootModel[dict[str, Any]]


@dataclass
class Attempt:
    """One wish, however often it is sent until an answer comes, and the key that opens what it makes."""

    once: str = field(default_factory=lambda: secrets.token_urlsafe(18))

    @cached_property
    def key(self) -> "EllipticCurvePrivateKey":
        """Made with the first use."""
        from cryptography.hazmat.primitives.asymmetric import ec  # noqa: PLC0415

        return ec.generate_private_key(ec.SECP256R1())

    @property
    def headers(self) -> dict[str, str]:
        """Return what goes with it to the server."""
        from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat  # noqa: PLC0415

        point = self.key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {"Idempotency-Key": self.once, "Result-Key": base64.urlsafe_b64encode(point).decode().rstrip("=")}


class Results:
    """The keys of what this session asked for, in memory alone: each until its result was told, or the session ends."""

    def __init__(self) -> None:
        self._keys: dict[str, EllipticCurvePrivateKey] = {}

    def expect(self, attempt: Attempt) -> None:
        """Keep the key before anything is sent: where the answer gets lost, nobody says which request it is of."""
        self._keys[attempt.once] = attempt.key

    def opened(self, request: Request) -> Request:
        """Return the request with the secrets that were sealed for this console: once, as where they are not sealed."""
        result = dict(request.result or {})
        once, told = self._open(str(result.pop("sealed", "")), request.id)
        if self._keys.pop(once, None) is None:  # not ours, or another thread has told it
            return request
        return request.model_copy(update={"result": result | told})

    def opened_codes(self, told: RecoveryCodes) -> list[str]:
        """Return recovery codes, also where they were sealed for this console, as often as they are asked for.

        Raises 410 where they were sealed for another one.
        """
        _, opened = self._open(told.sealed or "", "recovery_codes")
        codes: list[str] = opened.get("codes", told.codes)
        if not codes:
            raise Problem(410, "recovery_codes_told", "These recovery codes are of another console")
        return codes

    def _open(self, sealed: str, what: str) -> tuple[str, dict[str, Any]]:
        """Open it, and tell whose key did so; nothing where none of these is it."""
        if not sealed:
            return "", {}
        from cryptography.exceptions import InvalidTag  # noqa: PLC0415
        from cryptography.hazmat.primitives import hpke  # noqa: PLC0415

        info = b"countersign/v1 result\0" + what.encode()
        suite = hpke.Suite(hpke.KEM.P256, hpke.KDF.HKDF_SHA256, hpke.AEAD.AES_256_GCM)
        for once, key in tuple(self._keys.items()):
            with suppress(InvalidTag, ValueError):  # of another request
                message = base64.urlsafe_b64decode(sealed + "=" * (-len(sealed) % 4))
                told = Secrets.model_validate_json(suite.decrypt(message, key, info)).root
                return once, told
        return "", {}

    def forget(self) -> None:
        """Forget all keys: no other session is told what was sealed for them."""
        self._keys.clear()
