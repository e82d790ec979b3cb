"""The command `countersign`, as a shell sees it."""

import os
import subprocess
import sys
from pathlib import Path

COMMAND = [sys.executable, "-m", "desktop"]


def run(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    names = ("PATH", "HOME", "SYSTEMROOT", "LANG", "LD_LIBRARY_PATH")
    kept = {name: os.environ[name] for name in names if name in os.environ}
    return subprocess.run(
        [*COMMAND, *arguments], env=kept | environment, capture_output=True, text=True, timeout=60, check=False
    )


def test_help_and_version_need_no_display() -> None:
    assert "--data" in run("--help").stdout
    for arguments in (["--version"], ["demo", "--version"]):
        told = run(*arguments)
        assert told.returncode == 0
        assert told.stdout.startswith("countersign ")


def test_a_place_that_cannot_be_written_is_named_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    place = str(tmp_path / "file" / "folder")
    for arguments in (["--config", f"{place}/console.ini"], ["demo", "--headless", "--out", place]):
        told = run(*arguments, QT_QPA_PLATFORM="offscreen")
        assert told.returncode == 1
        assert place in told.stderr
        assert len(told.stderr.strip().splitlines()) == 1


def test_what_is_wrong_on_the_command_line_is_said_in_one_line() -> None:
    for arguments in (["--nothing"], ["demo", "--nothing"]):
        told = run(*arguments)
        assert told.returncode == 2
        [line] = told.stderr.splitlines()
        assert "--nothing" in line


def test_without_a_display_it_says_so_in_one_line() -> None:
    if sys.platform != "linux":
        return
    told = run()
    assert told.returncode == 1
    assert "display" in told.stderr
    assert len(told.stderr.strip().splitlines()) == 1


def test_a_missing_system_library_is_named_with_the_way_to_get_it(tmp_path: Path) -> None:
    if sys.platform != "linux":
        return
    broken = tmp_path / "PySide6"
    broken.mkdir()
    words = "libEGL.so.1: cannot open shared object file: No such file or directory"
    (broken / "__init__.py").write_text(f"raise ImportError({words!r})")
    told = run(PYTHONPATH=str(tmp_path), QT_QPA_PLATFORM="offscreen")
    assert told.returncode == 1
    assert "apt-get install" in told.stderr
    assert "libegl1" in told.stderr
    assert len(told.stderr.strip().splitlines()) == 1
