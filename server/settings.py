"""Writes settings into a file of them, such as `server.toml` in the data folder, beside those that are there."""

import json
import os
import re
import stat
import tomllib
from collections.abc import Mapping
from pathlib import Path

from server.config import ConfigError, from_file

Value = str | int | bool | list[str] | None


def change(file: Path, changes: Mapping[str, Value]) -> None:
    """Set what is named, take out what is null, keep the rest with its comments.

    Raises `ConfigError`, and then the file is as it was.
    """
    before = ""
    if file.exists():
        from_file(file)  # or it is not ours to change
        before = file.read_text(encoding="utf-8")
    wanted = {name: value for name, value in changes.items() if value is not None}
    after = "".join(f"{line}\n" for line in _edited(before, changes))
    if _parsed(after) != {name: value for name, value in tomllib.loads(before).items() if name not in changes} | wanted:
        lines = "; ".join(f"{name} = {_written(value)}" for name, value in wanted.items())
        gone = ", ".join(name for name in changes if name not in wanted and name in tomllib.loads(before))
        ways = (f"write into it by hand: {lines}" * bool(lines), f"take out of it by hand: {gone}" * bool(gone))
        message = f"{file} is written in a way that is not changed by itself; {'; and '.join(filter(None, ways))}"
        raise ConfigError(message)
    make_folder(file.parent)
    keep(file, after)


def keep(file: Path, text: str) -> None:
    """Write a small file whole or not at all, readable by its owner alone.

    What the system's administrator writes belongs to whom the place belongs, and one that was made for a group stays
    so: the server must be able to read it.
    """
    part, before = file.with_name(f"{file.name}.{os.getpid()}.new"), file.stat() if file.exists() else None
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
        if before is not None and stat.S_IMODE(before.st_mode) == 0o640:
            os.fchmod(stream.fileno(), 0o640)
        if _by_root():
            like = before or file.parent.stat()
            os.fchown(stream.fileno(), like.st_uid, like.st_gid)  # what was made, whatever has its name by now
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)


def make_folder(folder: Path) -> None:
    """Make a folder, its owner's alone, where there is none."""
    if not folder.exists():
        make_folder(folder.parent)
        folder.mkdir(mode=0o700)
        if _by_root():
            like = folder.parent.stat()
            os.chown(folder, like.st_uid, like.st_gid, follow_symlinks=False)  # its owner could put a link there


def _by_root() -> bool:
    return hasattr(os, "geteuid") and os.geteuid() == 0


def _edited(before: str, changes: Mapping[str, Value]) -> list[str]:
    """Return the lines, each setting where it was; what was not there comes last."""
    lines, left = list[str](), dict(changes)
    for line in before.splitlines():
        name = re.match(r"\s*([A-Za-z_]+)\s*=", line)
        if name is None or name[1] not in left:
            lines.append(line)
        elif (value := left.pop(name[1])) is not None:
            lines.append(f"{name[1]} = {_written(value)}")
    return lines + [f"{name} = {_written(value)}" for name, value in left.items() if value is not None]


def _written(value: Value) -> str:
    """Return a value as TOML; texts and lists are written as JSON writes them."""
    return json.dumps(value, ensure_ascii=False)


def _parsed(text: str) -> dict[str, object] | None:
    try:
        return tomllib.loads(text)
    except tomllib.TOMLDecodeError:
        return None
