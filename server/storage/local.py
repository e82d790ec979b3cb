"""Local folders: only below those that whoever runs the server has listed, never our own data, and through no link."""

import errno
import os.path
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path, PurePath

from server.config import Config
from server.contract.storage import TestResult
from server.storage.answers import StorageError

_DROPS_DOTS = os.name == "nt"
"""Whether the system takes a dot at the end of a name for nothing."""

HELD = hasattr(os, "O_PATH") and Path("/proc/self/fd").is_dir()
"""Whether the engine can be given a folder by our descriptor of it, which leads to no other one (Linux)."""

_NO_FOLDER = (errno.ENOTDIR, errno.ELOOP, errno.EMLINK)
"""What a system says of a link, or of a file, that is to be opened as a folder."""


def folder(config: Config, root: str, path: str) -> Path:
    """Return the real folder that `path` below `root` is; raises `StorageError` where it is none or not allowed.

    The root itself may be a link. Below it a link is not followed: it would lead into the folder of somebody else.
    """
    dropped = _DROPS_DOTS and any(part.endswith(".") for part in path.split("/"))
    if dropped or not Path(root).is_absolute():
        raise StorageError(TestResult.INVALID)
    try:
        real_root = _real(Path(root), config)
        real = _real(Path(root, path), config)
    except FileNotFoundError as error:
        below = (PurePath(path), *PurePath(path).parents)[:-1]
        linked = any(Path(root, each).is_symlink() for each in below)
        raise StorageError(TestResult.NOT_ALLOWED if linked else TestResult.NO_SUCH_PLACE) from error
    except NotADirectoryError as error:
        raise StorageError(TestResult.INVALID) from error
    except (OSError, ValueError, RuntimeError) as error:
        raise StorageError(TestResult.FAILED) from error
    if os.path.normcase(real) != os.path.normcase(real_root / path):
        raise StorageError(TestResult.NOT_ALLOWED)
    if not real.is_dir():
        raise StorageError(TestResult.NO_SUCH_PLACE)
    return real


def require_readable(real: Path) -> None:
    """Raise where we may not list a folder: the engine takes such a one for an empty one."""
    if not os.access(real, os.R_OK | os.X_OK):
        raise StorageError(TestResult.NO_LIST_PERMISSION)


def hold(real: str) -> int:
    """Open a real folder, through no link at all: what takes its place afterwards is another one."""
    how = os.O_PATH | os.O_DIRECTORY | os.O_NOFOLLOW
    found = os.open("/", how)
    for name in PurePath(real).parts[1:]:
        above = found
        try:
            found = os.open(name, how, dir_fd=above)
        finally:
            os.close(above)
    return found


@contextmanager
def in_our_words() -> Iterator[None]:
    """Say in our own words why the system does not let us."""
    try:
        yield
    except FileNotFoundError as error:
        raise StorageError(TestResult.NO_SUCH_PLACE) from error
    except PermissionError as error:
        raise StorageError(TestResult.NO_LIST_PERMISSION) from error
    except OSError as error:
        raise StorageError(TestResult.NOT_ALLOWED if error.errno in _NO_FOLDER else TestResult.FAILED) from error


def _real(path: Path, config: Config) -> Path:
    """Return where a path leads; what is not allowed is not even said to be missing."""
    real = path.resolve()
    data = config.data.resolve()
    allowed = [each.resolve() for each in config.storage_folders]
    if not _within(real, allowed) or _within(real, [data]) or _within(data, [real]):
        raise StorageError(TestResult.NOT_ALLOWED)
    return path.resolve(strict=True)


def _within(path: Path, folders: Iterable[Path]) -> bool:
    return any(path.is_relative_to(each) for each in folders)
