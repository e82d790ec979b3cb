"""Changes the sealing key while no server runs. Cut short at any moment, it is done by doing it again."""

import contextlib

from filelock import FileLock, Timeout

from server import clock, keys
from server.config import Config
from server.main import KEY_FILE, open_store, require_unused
from server.services import resealing
from server.serving import FolderHeld
from server.store.database import url
from server.store.store import Store
from server.store.upgrade import upgrade

AT_ONCE = 500  # rows


def rotate(config: Config, *, forget_old: bool = False) -> tuple[int, int]:
    """Make a new key, seal every secret with it, and perhaps forget the old ones.

    The new key is on the disk before anything is sealed with it, and the old ones stay there until nothing needs them:
    both open what they sealed. Returns how many secrets were sealed anew, and how many no key opens. Raises
    `FolderHeld`, `InUse`, or `KeyFileError`.
    """
    try:
        lock = FileLock(config.data / "lock").acquire(timeout=0)
    except Timeout as error:
        message = f"{config.data} is held by a running server; stop it first"
        raise FolderHeld(message) from error
    with lock:
        file = config.data / KEY_FILE
        mine = keys.load(file)
        upgrade(url(config), config.data)
        with contextlib.closing(open_store(config, mine, "")) as store:
            require_unused(store.database)  # and it is the database of this key file
        with contextlib.closing(open_store(config, keys.add_sealing_key(file), "")) as store:
            require_unused(store.database)
            done, lost = _reseal(store)
        if forget_old:
            keys.forget_old_sealing_keys(file)
    return done, lost


def _reseal(store: Store) -> tuple[int, int]:
    done = lost = 0
    for sealed in resealing.SEALED:
        found = store.look(resealing.keys_of, sealed)
        for start in range(0, len(found), AT_ONCE):
            some, unreadable = store.run(resealing.reseal, sealed, found[start : start + AT_ONCE])
            done, lost = done + some, lost + unreadable
    store.run(resealing.note, done, clock.now())
    return done, lost
