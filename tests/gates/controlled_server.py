"""`countersign-server` whose clock stands where a test puts it, and from which one guard may be missing.

`GATES_CLOCK` is a file with the time in seconds; it stands still but when a test moves it, and survives the process.
`GATES_PLANTED` names a bug of `tests.gates.planted`, `GATES_SWEEP` the seconds between looking for what has expired.
Passwords are hashed as ever, but at once: how long that takes is not proved here. The product has no such switch.
"""

import os
import sys
from datetime import UTC, datetime
from functools import partial
from pathlib import Path


def now() -> datetime:
    """Return the time in the file."""
    return datetime.fromtimestamp(float(Path(os.environ["GATES_CLOCK"]).read_text(encoding="ascii")), UTC)


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
    clock.now = now
    vars(serving)["open_context"] = partial(composition.open_context, now=now)
    composition.SWEEP = float(os.environ["GATES_SWEEP"])
    return cli.main()


if __name__ == "__main__":
    sys.exit(main())
