"""`countersign-server` whose clock stands where a test puts it, and from which one guard may be missing.

`GATES_CLOCK` is a file with the time in seconds; it stands still but when a test moves it, and survives the process.
`GATES_PLANTED` names a bug of `tests.gates.planted`, `GATES_SWEEP` the seconds between looking for what has expired.
Passwords are hashed as ever, but at once: how long that takes is not proved here. A file `hold` beside the clock lets
the next one wait, once it was compared, while `held` is there. The product has no such switches.
"""

import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial
from pathlib import Path


def now() -> datetime:
    """Return the time in the file."""
    return datetime.fromtimestamp(float(Path(os.environ["GATES_CLOCK"]).read_text(encoding="ascii")), UTC)


def held(matches: Callable[[str, bytes], bool]) -> Callable[[str, bytes], bool]:
    """Return the same comparison, which waits before it answers where a test wants that."""
    clock = Path(os.environ["GATES_CLOCK"])
    hold, waiting = clock.with_suffix(".hold"), clock.with_suffix(".held")

    def answer(encoded: str, peppered: bytes) -> bool:
        right = matches(encoded, peppered)
        with suppress(FileNotFoundError):
            hold.rename(waiting)
            while waiting.exists():
                time.sleep(0.01)
        return right

    return answer


def main() -> int:
    """Change what has to be, then be the program."""
    if planted := os.environ.get("GATES_PLANTED"):
        from tests.gates.planted import plant

        plant(planted)
    import argon2

    from server import cli, clock, hashing, serving
    from server import main as composition

    quick = argon2.PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    hashing._HASHER, hashing._NOBODY = quick, quick.hash("nobody's")
    vars(hashing)["_matches"] = held(hashing._matches)
    clock.now = now
    vars(serving)["open_context"] = partial(composition.open_context, now=now)
    composition.SWEEP = float(os.environ["GATES_SWEEP"])
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
