"""Where certificates and settings lie: behind links, renewed by others, in a folder that is another's."""

import errno
import json
import os
import shutil
from datetime import UTC, datetime
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import BestAvailableEncryption, Encoding, NoEncryption, PrivateFormat

from server.certificates import Certificates
from server.cli import main
from server.config import load
from server.holdings import forget, guard, held, own_for, own_of
from server.settings import make_folder
from server.tls import Names, key_pem, new_authority, new_leaf, pem

NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let commands leave this process as it is."""
    monkeypatch.setattr("server.cli.to_standard_error", lambda: None)
    monkeypatch.setattr(os, "umask", lambda _mask: 0)


def test_behind_a_link_it_is_still_the_one_that_is_presented(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    data, elsewhere = tmp_path / "data", tmp_path / "elsewhere"
    data.mkdir()
    elsewhere.mkdir()
    (data / "tls").symlink_to(elsewhere)
    assert main(["tls", "init", "--data", str(data), "--name", "console.test", "--port", "8443", "--json"]) == 0
    authority = Path(json.loads(capsys.readouterr().out)["ca"])
    config = load(data=data)
    certificates = Certificates(config, lambda: NOW)
    assert forget(certificates.beside, lambda _: False) == []
    assert authority.is_file()
    assert certificates.authority == authority
    assert certificates.current
    assert certificates.current.renews_at


def test_what_a_link_leads_to_is_not_deleted(tmp_path: Path) -> None:
    old, moved = own_for(tmp_path, Names.of(["old.test"]), NOW), tmp_path / "moved"
    assert old.folder
    shutil.move(old.folder, moved)
    old.folder.symlink_to(moved)
    [gone] = forget(held(load(data=tmp_path)), lambda _: False)
    assert (gone.folder, old.folder.is_symlink(), (moved / "authority.key").is_file()) == (old.folder, False, True)


def test_what_a_command_has_chosen_since_the_start_is_not_deleted(tmp_path: Path) -> None:
    names = Names.of(["old.test"])
    own_for(tmp_path, names, NOW)
    found = held(load(data=tmp_path))
    chosen = own_for(tmp_path, names, NOW, own_of(tmp_path, names, NOW))
    assert chosen.folder
    os.utime(chosen.folder / "about.json", ns=(1, 1))  # a clock that is as coarse as it may be
    assert forget(found, lambda _: False) == []
    assert [each.folder for each in forget(held(load(data=tmp_path)), lambda _: False)] == [chosen.folder]


@pytest.mark.skipif(os.name != "posix", reason="files have no such modes here")
def test_a_key_that_is_open_and_not_ours_to_close_is_warned_of(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    held = own_for(tmp_path, Names.of(["console.test"]), NOW)
    assert held.folder

    def refused(_file: Path, _mode: int) -> None:
        raise PermissionError(errno.EPERM, os.strerror(errno.EPERM))

    held.key.chmod(0o644)
    monkeypatch.setattr(Path, "chmod", refused)
    guard(tmp_path)
    [said] = caplog.messages
    assert said.startswith(f"{held.key} is open to others and cannot be closed (Operation not permitted): make ")


def test_the_link_is_what_is_read_again(tmp_path: Path) -> None:
    """As certbot keeps them: `live/` holds links that lead to the newest pair."""
    authority = new_authority(Names.of(["console.test"]), NOW)
    live, words = tmp_path / "live", ["tls", "use", "--data", str(tmp_path / "data")]
    live.mkdir()

    def issued(count: int) -> None:
        key = ec.generate_private_key(ec.SECP256R1())
        leaf = new_leaf(authority, key, Names.of(["console.test"]), NOW)
        for name, text in (("certificate", pem(leaf)), ("key", key_pem(key))):
            (tmp_path / f"{name}{count}.pem").write_text(text)
            (live / f"{name}.new").symlink_to(tmp_path / f"{name}{count}.pem")
            (live / f"{name}.new").replace(live / f"{name}.pem")

    issued(1)
    words += ["--certificate", str(live / "certificate.pem"), "--key", str(live / "key.pem")]
    assert main([*words, "--public-url", "https://console.test:8443"]) == 0
    config = load(data=tmp_path / "data")
    assert config.tls_certificate == live / "certificate.pem"
    certificates = Certificates(config, lambda: NOW)
    assert certificates.current
    before = certificates.current._stamp
    issued(2)
    certificates.tend(NOW)
    assert certificates.current._stamp != before


@pytest.mark.parametrize(
    ("certificate", "key", "said"),
    [
        ("certificate", "other", "is of another certificate"),
        ("certificate", "locked", "is encrypted"),
        ("key", "certificate", "are swapped"),
        ("text", "key", "holds no certificate as PEM"),
        ("certificate", "text", "holds no private key as PEM"),
        ("certificate", "damaged", "is damaged"),
        ("damaged", "key", "holds no certificate"),
        ("cut", "key", "cut is damaged: one of its certificates is cut off"),
        ("cut short", "key", "cut short is damaged"),
        ("scribbled", "key", "scribbled is damaged"),
        ("inverted", "key", "put the server's own certificate first in "),
        ("certificate.der", "key", "openssl x509 -inform der -in "),
        ("certificate", "key.der", "openssl pkey -inform der -in "),
        ("certificate", "openssh", "ssh-keygen -p -m PKCS8 -f "),
    ],
)
def test_files_that_do_not_go_together_are_said_in_words(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], certificate: str, key: str, said: str
) -> None:
    authority, own, other = (
        new_authority(Names.of(["console.test"]), NOW),
        ec.generate_private_key(ec.SECP256R1()),
        ec.generate_private_key(ec.SECP256R1()),
    )
    secret = PrivateFormat.PKCS8, BestAvailableEncryption(b"a password")
    leaf = new_leaf(authority, own, Names.of(["console.test"]), NOW)
    chain = pem(leaf, authority.certificate)
    texts = {
        "certificate": pem(leaf),
        "key": key_pem(own),
        "other": key_pem(other),
        "locked": own.private_bytes(Encoding.PEM, *secret).decode(),
        "text": "neither\n",
        "damaged": f"{key_pem(own)[:60]}\n-----END PRIVATE KEY-----\n",
        "cut": chain[:-300],
        "cut short": pem(leaf)[:-300],
        "scribbled": f"{chain[:-300]}\n-----END CERTIFICATE-----\n",
        "inverted": pem(authority.certificate, leaf),
        "openssh": own.private_bytes(Encoding.PEM, PrivateFormat.OpenSSH, NoEncryption()).decode(),
    }
    for name, text in texts.items():
        (tmp_path / name).write_text(text)
    (tmp_path / "certificate.der").write_bytes(leaf.public_bytes(Encoding.DER))
    (tmp_path / "key.der").write_bytes(own.private_bytes(Encoding.DER, PrivateFormat.PKCS8, NoEncryption()))
    words = ["tls", "use", "--data", str(tmp_path / "data"), "--public-url", "https://console.test:8443"]
    assert main([*words, "--certificate", str(tmp_path / certificate), "--key", str(tmp_path / key)]) == 1
    error = capsys.readouterr().err
    assert said in error
    assert not any(code in error for code in ("MISMATCH", "None", "Errno", "NO_START_LINE"))


def test_a_name_that_no_url_holds_is_said_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    name = f"{'a' * 60}.{'b' * 60}.test"
    assert main(["tls", "init", "--data", str(tmp_path), "--name", name, "--port", "8443"]) == 1
    assert "100 characters" in capsys.readouterr().err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives away what it makes")
def test_a_link_put_in_the_place_of_a_new_folder_gives_nothing_away(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    theirs, precious = tmp_path / "theirs", tmp_path / "precious"
    theirs.mkdir()
    precious.mkdir()
    os.chown(theirs, 12345, 12345)
    real = Path.mkdir

    def exchanged(folder: Path, mode: int = 0o777) -> None:
        real(folder, mode)
        folder.rmdir()
        folder.symlink_to(precious)

    monkeypatch.setattr(Path, "mkdir", exchanged)
    make_folder(theirs / "tls")
    assert precious.stat().st_uid == 0


@pytest.mark.parametrize("part", ["certificate", "key"])
def test_a_file_that_a_folder_of_ours_only_names_is_written_by_nobody(tmp_path: Path, part: str) -> None:
    names, elsewhere = Names.of(["console.test"]), tmp_path / "elsewhere"
    own = own_for(tmp_path, names, NOW)
    assert own.folder
    elsewhere.write_bytes(own.certificate.read_bytes() if part == "certificate" else b"a shadow file, say")
    about = {"certificate": "certificate.pem", "key": "certificate.key"} | {part: str(elsewhere)}
    (own.folder / "about.json").write_text(json.dumps(about))
    before = elsewhere.read_bytes()
    fresh = own_for(tmp_path, names, NOW, own_of(tmp_path, names, NOW))
    assert elsewhere.read_bytes() == before
    assert fresh.folder != own.folder
