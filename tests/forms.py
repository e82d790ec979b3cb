"""The two forms of the tests: the short one, for every change, and with COUNTERSIGN_LONG=1 the whole."""

import os
import zlib

LONG = os.environ.get("COUNTERSIGN_LONG") == "1"


def in_turn(*case: str, of: int) -> bool:
    """Whether a case takes part: in the short form one of so many does, as its name decides."""
    return LONG or zlib.crc32("-".join(case).encode()) % of == 0
