"""The sealing key is changed: all that was sealed still opens, with the new key alone; cut short, it is repeated."""

import contextlib
import json
from pathlib import Path
from typing import Any

import pytest
from cryptography.exceptions import InvalidTag

from server import keys
from server.config import Config, load
from server.main import open_store
from server.services import resealing
from server.services.resealing import SEALED
from tests.living import LivingServer, TestConsole
from tests.server.storing import settings


def key_file(server: LivingServer) -> Any:
    return json.loads((server.data / "server.key").read_text(encoding="utf-8"))


def config_of(server: LivingServer) -> Config:
    return load(data=server.data, database=server.settings.get("COUNTERSIGN_DATABASE", ""))


def on_older_keys(server: LivingServer) -> tuple[int, int]:
    """Count what is sealed: with the newest key, and with older ones or none."""
    mine = keys.load(server.data / "server.key")
    newest = mine._sealing[-1]
    right = wrong = 0
    with contextlib.closing(open_store(config_of(server), mine, "")) as store:

        def count(work: Any) -> None:
            nonlocal right, wrong
            for sealed in SEALED:
                for row in work.session.query(sealed.table):
                    for column in sealed.columns:
                        if (found := getattr(row, column)) is not None:
                            place = sealed.place(row, column).encode()
                            try:
                                newest.decrypt(found[:12], found[12:], place)
                                right += 1
                            except InvalidTag:
                                wrong += 1

        store.look(count)
    return right, wrong


def with_secrets(server: LivingServer) -> tuple[TestConsole, str]:
    """Set up with something in as many sealed columns as there can be."""
    console, phone = server.protected()
    body = {"name": "Vault", "kind": "s3_compatible", "settings": settings("https://127.0.0.1:9")}
    account = console.call("POST", "/storage-accounts", body)["id"]
    asked = {"storage_account": account, "settings": settings("https://elsewhere.example.com")}
    console.ask("storage_account.change_credentials", **asked)
    made = console.ask("api_key.create", name="nightly", permissions=[])
    phone.approve(made["id"], made["code"])
    return console, account


@pytest.mark.row("CR-2")
def test_everything_opens_with_the_new_key_alone(server: LivingServer, tmp_path: Path) -> None:
    console, account = with_secrets(server)
    path = f"/storage-accounts/{account}/test"
    assert server.run("backup", str(tmp_path / "old.db")).returncode == 0
    running = server.run("rotate-key")
    assert (running.returncode, "stop it first" in running.stderr) == (3, True)
    server.stop()
    before, _ = on_older_keys(server)
    assert before > 5
    done = server.run("rotate-key")
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith(f"{before} secrets are sealed with a new key.")
    assert on_older_keys(server) == (before, 0)
    assert key_file(server)["sealing"][0] is None
    server.start()
    console.url = server.url
    assert console.call("POST", path)["result"] == "not_allowed", "its credentials open"
    [event] = console.audit(event="organisation:key_rotated")
    assert event["parameters"] == {"secrets": before}
    server.stop()
    restored = server.run("restore", str(tmp_path / "old.db"))
    assert restored.returncode == 0, restored.stderr
    assert on_older_keys(server)[1] > 0, "an old backup still opens"
    forgotten = server.run("rotate-key", "--forget-old")
    assert (forgotten.returncode, "The keys of before are forgotten" in forgotten.stdout) == (0, True)
    assert on_older_keys(server)[1] == 0
    [only] = key_file(server)["sealing"]
    assert only
    server.start()
    back = TestConsole(server.url)
    assert back.raw("GET", "/health").json()["setup_done"] is True


@pytest.mark.row("CR-2")
def test_cut_short_anywhere_it_is_done_by_doing_it_again(server: LivingServer) -> None:
    with_secrets(server)
    server.stop()
    whole, _ = on_older_keys(server)
    config = config_of(server)
    newer = keys.add_sealing_key(server.data / "server.key")  # and no more
    assert on_older_keys(server) == (0, whole)
    with contextlib.closing(open_store(config, newer, "")) as store:  # and some of it
        some = next(each for each in SEALED if store.look(resealing.keys_of, each))
        store.run(resealing.reseal, some, store.look(resealing.keys_of, some)[:1])
    assert 0 < on_older_keys(server)[1] <= whole
    server.start()  # which can be served all the same
    server.stop()
    assert server.run("rotate-key").returncode == 0
    assert on_older_keys(server)[1] == 0
