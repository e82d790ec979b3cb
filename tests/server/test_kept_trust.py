"""Phones keep their address and whom they trust there: no other certificate takes its place, and none is lost."""

import json
import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from subprocess import CompletedProcess

import pytest

from desktop.demo.phone import SoftwarePhone
from server.eras import eras, note
from server.holdings import own_for
from server.tls import Names
from tests.both import on_sqlite
from tests.living import LivingServer, TestConsole
from tests.server.reaching import COLLEAGUES_PASSWORD, free_port, invited, led, phone_of
from tests.server.test_origins import moved

NAME = "nw-server.test"
NOW = datetime.now(UTC)


@pytest.fixture(autouse=True)
def _names() -> Iterator[None]:
    with led():
        yield


def set_up_at(server: LivingServer, name: str, trusted: Path) -> tuple[TestConsole, SoftwarePhone, int]:
    """Set up under an own authority, which `trusted` is from then on; the port that the phone keeps."""
    console, authority = moved(server, server.set_up(), name)
    phone = phone_of(Path(shutil.copy(authority, trusted)))
    on = console.enrol(phone)
    assert phone.approve(on["id"], on["code"]) == "executed"
    return console, phone, int(phone.origin.rpartition(":")[2])


def anew(server: LivingServer, *words: str) -> CompletedProcess[str]:
    """Run a command of `tls` while the server is stopped."""
    server.stop()
    done = server.run("tls", *words)
    server.start()
    return done


def files(folder: Path, *names: str) -> tuple[Path, tuple[str, ...]]:
    """Make files that an authority signed which no system knows; that authority, and how they are given."""
    made = own_for(folder, Names.of(names), "", NOW)
    assert made.authority
    return made.authority, ("use", "--certificate", str(made.certificate), "--key", str(made.key), "--public-url")


def is_active(phone: SoftwarePhone) -> bool:
    phone._http.close()  # or it goes on by a connection of before
    return bool(phone.state()["status"] == "active")


@on_sqlite
def test_another_name_at_the_port_that_phones_keep_leaves_them_their_certificate(
    server: LivingServer, tmp_path: Path
) -> None:
    _, phone, port = set_up_at(server, NAME, tmp_path / "trusted.pem")
    for place, names in enumerate(((NAME,), ("other.test",), ("other.test", NAME))):  # which are all held from then on
        _, use = files(tmp_path / str(place), *names)
        url = (
            (f"https://{names[0]}:{free_port()}",) if names[0] == NAME else ("https://other.test", "--port", str(port))
        )
        done = anew(server, *use, *url)
        assert done.returncode == 0, done.stderr
        assert is_active(phone), names
    assert anew(server, "off").returncode == 0
    assert is_active(phone)


@on_sqlite
def test_each_port_of_a_name_goes_on_with_the_authority_of_its_phones(server: LivingServer, tmp_path: Path) -> None:
    console, phone, _ = set_up_at(server, NAME, tmp_path / "trusted.pem")
    colleague, grant = invited(console, phone, "jonas")
    server.stop()
    done = server.run("tls", "init", "--name", NAME, "other.test", "--port", str(free_port()), "--json")
    server.start()
    trusted = Path(shutil.copy(json.loads(done.stdout)["ca"], tmp_path / "theirs.pem"))
    colleague.url, colleague._http.verify, theirs = server.url, str(trusted), phone_of(trusted, "iPhone 16")
    on = colleague.enrol(theirs, "jonas", COLLEAGUES_PASSWORD, grant)
    assert theirs.approve(on["id"], on["code"]) == "executed"
    for words in (("init", "--name", "third.test", "--port", str(free_port())), ("off",)):
        assert anew(server, *words).returncode == 0
        assert is_active(phone), words
        assert is_active(theirs), words


def test_what_is_written_of_an_origin_lasts_as_long_as_it_is_served(tmp_path: Path) -> None:
    for days, by in enumerate(("one", "one", None, "one")):
        note(tmp_path, {"https://a.test": by, "https://b.test": "two"}, NOW + timedelta(days=days))
    assert [each.by for each in eras(tmp_path)["https://a.test"]] == ["one", None, "one"]
    note(tmp_path, {"https://b.test": "two"}, NOW)
    assert set(eras(tmp_path)) == {"https://b.test"}
    (tmp_path / "presented.json").write_text("[")
    assert eras(tmp_path) == {}
