"""The API keys against the real server: made by phone, told once, used by curl as the example says, ended at once."""

import json
import os
import shutil
import subprocess
from collections.abc import Callable

import pytest
from PySide6.QtGui import QGuiApplication

from desktop.demo.phone import SoftwarePhone
from desktop.dialogs.api_example import ask_call, read_call
from tests.desktop.hand import Hand
from tests.living import LivingServer, TestConsole

Open = Callable[..., Hand]
Guarded = tuple[Hand, SoftwarePhone, TestConsole]
MIA = "mia.brandt@contoso.example"


@pytest.fixture
def guarded(server: LivingServer, open_console: Open) -> Guarded:
    """A console at the keys, its phone, and the same provider as a script."""
    script, phone = server.protected()
    hand = open_console(url=server.url)
    hand.sign_in()
    code = hand.text("waiting.code")
    phone.approve(phone.pending()[0].id, code)
    hand.click("nav.settings")
    hand.click("settings.tab.api_keys")
    hand.see("api_keys.empty")
    return hand, phone, script


def create(hand: Hand, phone: SoftwarePhone, *permissions: str) -> str:
    """Make a key in the console, with the phone; the token that is told."""
    hand.click("api_keys.create")
    hand.type("api_key_form.name", "Nightly import")
    for permission in permissions:
        hand.see(f"api_key_form.permissions.{permission}").click()
    hand.click("api_key_form.submit")
    code = hand.text("confirmation.code")
    assert phone.approve(phone.pending()[0].id, code) == "executed"
    token = hand.text("told.0")
    hand.click("told.copy")
    assert token in QGuiApplication.clipboard().text()
    hand.click("told.close")
    hand.click("confirmation.close")
    return token


def sh(command: str, token: str) -> subprocess.CompletedProcess[str]:
    """Type a command into a shell that knows the token."""
    environment = {**os.environ, "COUNTERSIGN_TOKEN": token, "NO_PROXY": "*"}
    return subprocess.run(["sh", "-c", command], env=environment, capture_output=True, text=True, check=False)


@pytest.mark.skipif(shutil.which("curl") is None or os.name == "nt", reason="needs a shell with curl")
def test_the_example_works_as_it_stands_until_the_key_is_ended(guarded: Guarded) -> None:
    hand, phone, script = guarded
    user = script.user(MIA)
    token = create(hand, phone, "users.delete")
    hand.wait(lambda: hand.column("api_keys.table") == ["Nightly import"], "the key")
    assert hand.column("api_keys.table", 3) == ["Never"]
    hand.click("api_keys.example")
    read, ask = hand.text("api_example.read"), hand.text("api_example.ask")
    hand.click("api_example.close")
    done = sh(read, token)
    assert done.returncode == 0, done.stderr
    assert [each["username"] for each in json.loads(done.stdout)["items"]] == [MIA]
    hand.click("nav.overview")
    done = sh(ask.replace("USER_ID", user), token)
    assert done.returncode == 0, done.stdout + done.stderr
    request = json.loads(done.stdout)["request"]
    hand.reads("overview.waiting.when", "Asked by your API key Nightly import at ")
    assert "Code told to the API key only" in hand.words()
    hand.click("nav.settings")
    [shown] = phone.pending()
    assert shown.details["device_name"] == "Nightly import"
    assert phone.approve(request["id"], request["code"]) == "executed"
    hand.select("api_keys.table", "Nightly import")
    hand.reads("api_keys.scope", "Delete users")
    hand.click("api_keys.end")
    hand.click("end_api_key.submit")
    hand.see("api_keys.empty")
    hand.reads("toast.text", "was ended")
    assert sh(read, token).returncode != 0
    assert "401" in sh(read, token).stdout


def test_a_key_is_never_more_than_was_chosen(guarded: Guarded) -> None:
    hand, phone, script = guarded
    token = create(hand, phone, "audit.view")
    [key] = script.call("GET", "/api-keys")["items"]
    assert key["permissions"] == ["audit.view"]
    assert key["expires_at"] is not None
    console = TestConsole(script.url)
    console.token = token
    assert console.raw("POST", "/users", {"username": MIA}).status_code == 403
    assert console.raw("GET", "/audit").status_code == 200


def test_ending_asks_once_more_and_cancel_changes_nothing(guarded: Guarded) -> None:
    hand, phone, _ = guarded
    create(hand, phone)
    hand.select("api_keys.table", "Nightly import")
    hand.reads("api_keys.scope", "Only reads")
    hand.click("api_keys.end")
    assert hand.see("end_api_key.cancel").isDefault()
    hand.click("end_api_key.cancel")
    hand.gone("end_api_key")
    assert hand.column("api_keys.table") == ["Nightly import"]


def test_with_an_authority_of_its_own_curl_is_told_which() -> None:
    for call in (read_call, ask_call):
        assert "--cacert countersign-ca.pem" in call("https://nw-server.local:8443", own=True)
        assert "--cacert" not in call("https://nw-server.local:8443", own=False)
