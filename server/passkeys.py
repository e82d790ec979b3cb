"""Verifies what a passkey says, with user verification (WebAuthn; protocol, sections 1 and 3).

The library is imported when a passkey first speaks: it would be a tenth of the server's start.
"""

import json
from typing import Any

from server import protocol


def registered(credential: dict[str, Any], challenge: bytes, origin: str) -> tuple[bytes, bytes] | None:
    """Return the id and the COSE key of a new ES256 passkey, null where its answer does not verify."""
    from webauthn import verify_registration_response  # noqa: PLC0415
    from webauthn.helpers.cose import COSEAlgorithmIdentifier  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    try:
        made = verify_registration_response(
            credential=json.dumps(credential),
            expected_challenge=challenge,
            expected_rp_id=protocol.rp_id(origin),
            expected_origin=origin,
            require_user_verification=True,
            supported_pub_key_algs=[COSEAlgorithmIdentifier.ECDSA_SHA_256],
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        return None
    return made.credential_id, made.credential_public_key


def verifies(answer: dict[str, Any] | None, challenge: bytes, origin: str, cose: bytes) -> bool:
    """Whether an unlocked passkey with the key `cose` answered the challenge."""
    from webauthn import verify_authentication_response  # noqa: PLC0415
    from webauthn.helpers.exceptions import WebAuthnException  # noqa: PLC0415

    try:
        verify_authentication_response(
            credential=json.dumps(answer),
            expected_challenge=challenge,
            expected_rp_id=protocol.rp_id(origin),
            expected_origin=origin,
            credential_public_key=cose,
            credential_current_sign_count=0,  # platform passkeys return 0; one-time requests defend against replay
            require_user_verification=True,
        )
    except (WebAuthnException, ValueError, TypeError, KeyError):
        return False
    return True
