"""Empties a folder of this computer by descriptors: nothing that takes a folder's place meanwhile leads elsewhere.

What is mounted in it is left alone. Where the system has no such calls (Windows), `POSSIBLE` is false, and the engine
does it by path.
"""

import contextlib
import errno
import os
import secrets
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

POSSIBLE = {os.open, os.unlink, os.rmdir, os.rename} <= os.supports_dir_fd and os.scandir in os.supports_fd
DEEPEST = 100  # folders that are open at once: what lies deeper is moved up first, so that no depth uses us up

_NO_LINK = getattr(os, "O_DIRECTORY", 0) | getattr(os, "O_NOFOLLOW", 0)
_FOLDER = os.O_RDONLY | _NO_LINK
_ABOVE = getattr(os, "O_PATH", os.O_RDONLY) | _NO_LINK
"""How a folder is opened that only leads on: on Linux it may be one that may not be listed."""


class Unlinking:
    """Deletes all below one folder, which stays; counts meanwhile, and may be halted by another thread."""

    def __init__(self) -> None:
        """Begin with nothing deleted."""
        self.deleted = self.failed = 0
        self._mounted = (0, "")
        self._halted = threading.Event()

    def halt(self) -> None:
        """Delete nothing more."""
        self._halted.set()

    def run(self, root: Path, path: str) -> None:
        """Empty `path` below `root`; raises OSError where a part of it is missing, a link, or no folder."""
        *above, name = path.split("/")
        with _opened_below(root, above) as place, _opened(name, place) as top:
            self._mounted = _mount(top)
            while self._empty(top, top, 1):
                pass

    def _empty(self, folder: int, top: int, depth: int) -> bool:
        """Empty one folder; whether something was moved up from below, and waits at the top."""
        with os.scandir(folder) as found:
            entries = [(each.name, each.is_dir(follow_symlinks=False)) for each in found]
        moved = False
        for name, is_folder in entries:
            if self._halted.is_set():
                return False
            if not is_folder:
                self.deleted += self._remove(os.unlink, name, folder)
            elif depth == DEEPEST:
                moved |= self._move_up(name, folder, top)
            else:
                moved |= self._empty_below(name, folder, top, depth)
        return moved

    def _empty_below(self, name: str, folder: int, top: int, depth: int) -> bool:
        try:
            with _opened(name, folder) as inner:
                if _mount(inner) != self._mounted:
                    self.failed += 1  # what somebody has mounted here lies elsewhere
                    return False
                moved = self._empty(inner, top, depth + 1)
        except OSError:  # it may not be opened, or is none any more
            self.failed += 1
            return False
        self._remove(os.rmdir, name, folder)
        return moved

    def _move_up(self, name: str, folder: int, top: int) -> bool:
        try:
            os.rename(name, f".deleting-{secrets.token_hex(16)}", src_dir_fd=folder, dst_dir_fd=top)
        except OSError:
            self.failed += 1
            return False
        return True

    def _remove(self, remove: Callable[..., None], name: str, folder: int) -> bool:
        """Remove one; what somebody else has removed meanwhile is gone as well."""
        if self._halted.is_set():
            return False
        try:
            remove(name, dir_fd=folder)
        except FileNotFoundError:
            return True
        except OSError as error:
            self.failed += error.errno != errno.ENOTEMPTY  # what a folder still holds was counted
            return False
        return True


def remove(root: Path, path: str) -> bool:
    """Remove `path` below `root`, a folder in which nothing lies; false where something is mounted at it, and it stays.

    Raises OSError where it is none.
    """
    *above, name = path.split("/")
    with _opened_below(root, above) as place:
        try:
            os.rmdir(name, dir_fd=place)
        except OSError as error:
            if error.errno != errno.EBUSY:
                raise
            return False
    return True


def _mount(folder: int) -> tuple[int, str]:
    """Return what a folder is mounted with: its device, and where the system tells, the mount itself."""
    told = Path(f"/proc/self/fdinfo/{folder}")
    lines = told.read_text("ascii").splitlines() if told.exists() else []
    return os.fstat(folder).st_dev, next((line for line in lines if line.startswith("mnt_id:")), "")


@contextmanager
def _opened_below(root: Path, path: Sequence[str]) -> Iterator[int]:
    """Open a folder that leads on, through no link below the root."""
    with contextlib.ExitStack() as stack:
        folder = stack.enter_context(_opened(os.fspath(root), None, _ABOVE))
        for each in path:
            folder = stack.enter_context(_opened(each, folder, _ABOVE))
        yield folder


@contextmanager
def _opened(name: str, above: int | None, how: int = _FOLDER) -> Iterator[int]:
    folder = os.open(name, how, dir_fd=above)
    try:
        yield folder
    finally:
        os.close(folder)
