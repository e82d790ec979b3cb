"""The server's program on the command line: what it makes, and one readable line where something is wrong."""

from pathlib import Path

import pytest

from server.cli import main
from server.config import ConfigError, load


def refused(capsys: pytest.CaptureFixture[str], *words: object) -> str:
    """Run with these; return the one line that says what is wrong."""
    try:
        status = main([str(word) for word in words])
    except SystemExit as ended:
        status = int(ended.code or 0)
    said = capsys.readouterr()
    assert status != 0
    assert said.out == ""
    [line] = said.err.splitlines()
    return line


def test_the_data_folder_is_made_without_being_served(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    data = tmp_path / "data"
    assert main(["init", "--data", str(data)]) == 0
    assert "server.key" in capsys.readouterr().out
    key = (data / "server.key").read_bytes()
    assert main(["init", "--data", str(data)]) == 0
    assert (data / "server.key").read_bytes() == key
    assert main(["audit", "verify", "--data", str(data)]) == 0
    assert main(["backup", str(tmp_path / "copy"), "--data", str(data)]) == 0
    assert "server.key and ledger.jsonl" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("words", "part"),
    [
        (["serve", "--port", "abc"], "--port"),
        (["tls", "use", "--key", "x"], "--certificate"),
        (["tls", "proxy", "--public-url", "http://countersign.example.com"], "not https"),
        (["nothing"], "invalid choice"),
        (["serve", "--host", "192.168.1.20"], "tls init"),
    ],
)
def test_what_is_wrong_is_said_in_one_line(
    words: list[str], part: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    more = ["--data", tmp_path] if words[0] == "serve" else []
    assert part in refused(capsys, *words, *more)


def test_a_switch_and_a_number_are_nothing_else(monkeypatch: pytest.MonkeyPatch) -> None:
    for text, on in (("1", True), ("On", True), ("no", False), ("", False)):
        monkeypatch.setenv("COUNTERSIGN_PIN_DEVICES", text)
        assert load().pin_devices is on
    monkeypatch.setenv("COUNTERSIGN_PIN_DEVICES", "maybe")
    with pytest.raises(ConfigError, match="neither on nor off"):
        load()
    monkeypatch.delenv("COUNTERSIGN_PIN_DEVICES")
    monkeypatch.setenv("COUNTERSIGN_REQUEST_LIFETIME", "abc")
    with pytest.raises(ConfigError, match="'abc' is no whole number"):
        load()


def test_settings_of_storage_are_read_and_checked(tmp_path: Path) -> None:
    file = tmp_path / "server.toml"
    file.write_text(
        'storage_allow = ["10.1.0.0/16", "fd12::/16"]\nstorage_folders = ["/srv/backup"]\n'
        'storage_engine = "bin/rclone"\nstorage_refresh = 3600\n'
    )
    config = load(file, {}, data=tmp_path)
    assert [str(each) for each in config.storage_allow] == ["10.1.0.0/16", "fd12::/16"]
    assert (config.storage_folders, config.storage_refresh) == ((Path("/srv/backup"),), 3600)
    assert config.storage_engine == tmp_path / "bin" / "rclone", "relative to the file"
    bare = load(None, {}, data=tmp_path / "none")
    assert (bare.storage_allow, bare.storage_folders, bare.storage_engine) == ((), (), None)
    wrong = {
        "storage_allow": ("10.1.2.3/8", "host bits"),
        "storage_folders": ("backup", "no whole path of a folder"),
        "storage_refresh": ("-1", "0 seconds to a year"),
    }
    for name, (text, said) in wrong.items():
        with pytest.raises(ConfigError, match=said):
            load(None, {f"COUNTERSIGN_{name.upper()}": text}, data=tmp_path / "none")


def test_allowing_a_pin_is_not_forgotten_when_there_is_a_name(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    where = ["--data", str(tmp_path), "--port", "8443"]
    assert main(["tls", "init", "--ip", "192.0.2.7", "--pin-devices", *where]) == 0
    assert "pin_devices" not in capsys.readouterr().err
    assert main(["tls", "init", "--name", "nw-server.test", *where]) == 0
    assert "may still confirm with a PIN" in capsys.readouterr().err
