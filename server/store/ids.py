"""Ids and tokens: random, and hashed where the database keeps them."""

import secrets

from server import protocol

API_KEY = "csk."
"""Tells the token of an API key from all others, which have no dot; also to whoever searches for leaked ones."""


def new_id(kind: str) -> str:
    """Make an opaque id with 96 random bits, such as `usr_…`."""
    return f"{kind}_{secrets.token_urlsafe(12)}"


def new_token() -> str:
    """Make a token of 256 random bits, b64u."""
    return secrets.token_urlsafe(32)


def new_api_token() -> str:
    """Make the token of an API key."""
    return f"{API_KEY}{new_token()}"


def hashed(token: str) -> bytes:
    """Return what is stored of a token."""
    return protocol.sha(token.encode())
