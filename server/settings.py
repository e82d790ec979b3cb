"""Writes settings into `server.toml` of a data folder, beside those that are there already."""

import json
import os
import re
import tomllib
from collections.abc import Mapping
from pathlib import Path

from server.config import SETTINGS, ConfigError, from_file

Value = str | int | bool | list[str] | None


def change(data: Path, changes: Mapping[str, Value]) -> Path:
    """Set what is named, take out what is null, keep the rest with its comments; return the file.

    Raises `ConfigError`, and then the file is as it was.
    """
    file = data / SETTINGS
    before = ""
    if file.exists():
        from_file(file)  # or it is not ours to change
        before = file.read_text(encoding="utf-8")
    wanted = {name: value for name, value in changes.items() if value is not None}
    after = "".join(f"{line}\n" for line in _edited(before, changes))
    if _parsed(after) != {name: value for name, value in tomllib.loads(before).items() if name not in changes} | wanted:
        lines = "; ".join(f"{name} = {_written(value)}" for name, value in wanted.items())
        message = f"{file} is written in a way that is not changed by itself; write into it by hand: {lines}"
        raise ConfigError(message)
    data.mkdir(parents=True, exist_ok=True, mode=0o700)
    keep(file, after)
    return file


def keep(file: Path, text: str) -> None:
    """Write a small file whole or not at all, readable by its owner alone."""
    part = file.with_name(f"{file.name}.new")
    part.unlink(missing_ok=True)
    with os.fdopen(os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w", encoding="utf-8") as stream:
        stream.write(text)
        stream.flush()
        os.fsync(stream.fileno())
    part.replace(file)


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
