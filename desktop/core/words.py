"""The words that the console shows, from the translations that it shares with server and phone."""

import json
import logging
from functools import cache

from resources import path

LANGUAGE = "en"


def t(key: str, **params: object) -> str:
    """Return the text of `key` with its placeholders filled; a key without text is shown as it is, and logged."""
    text = _texts().get(key)
    if text is None:
        logging.getLogger(__name__).error("no text for %r", key)
        return key
    return text.format(**params)


def n(key: str, count: int, **params: object) -> str:
    """Return the text of `key`.one or `key`.other, with the number in it."""
    return t(f"{key}.{'one' if count == 1 else 'other'}", count=f"{count:,}", **params)


def known(key: str, otherwise: str) -> str:
    """Return the text of a key that comes from the server, such as an action's, or else the server's own words."""
    return _texts().get(key, otherwise)


@cache
def _texts() -> dict[str, str]:
    texts: dict[str, str] = json.loads(path("translations", f"{LANGUAGE}.json").read_text("utf-8"))
    return texts
