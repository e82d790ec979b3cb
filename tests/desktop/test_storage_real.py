"""The storage page against a real server and a real S3 service: added by the wizard, measured, changed, deleted."""

from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QRadioButton

from tests.desktop.hand import Hand
from tests.living import LivingServer
from tests.server.storing import LOOPBACK, Service
from tests.storage.services import ACCESS_KEY, SECRET_KEY

Open = Callable[..., Hand]
Start = Callable[..., LivingServer]


@pytest.fixture(scope="module")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    found = Service(tmp_path_factory.mktemp("s3"))
    found.put("customers/mia/one", 1000)
    found.put("customers/jonas/two", 500)
    yield found
    found.close()


@pytest.fixture
def hand(start_server: Start, open_console: Open) -> Hand:
    """A console at the storage page; nobody has two-factor authentication, so that actions are executed at once."""
    server = start_server(**LOOPBACK, storage_refresh=0)
    server.set_up().call("POST", "/companies", {"name": "Contoso"})
    made = open_console(url=server.url)
    made.sign_in()
    made.click("nav.storage")
    return made


def choose(hand: Hand, name: str) -> None:
    """Choose by a radio button."""
    button = hand.see(name)
    assert isinstance(button, QRadioButton)
    button.click()


def add(hand: Hand, service: Service, secret: str = SECRET_KEY) -> None:
    """Go through the wizard as far as the credentials are asked for, and send them."""
    hand.click("storage.empty.add")
    choose(hand, "storage_add.service.minio")
    hand.click("storage_add.next")
    hand.type("storage_add.endpoint", f"http://127.0.0.1:{service.port}")
    hand.type("storage_add.access_key", ACCESS_KEY)
    hand.type("storage_add.secret_key", secret)
    hand.press(Qt.Key.Key_Return, "storage_add.secret_key")


def test_an_account_is_added_measured_and_deleted(hand: Hand, service: Service) -> None:
    add(hand, service, "another-secret")
    hand.wait(lambda: "does not take these keys" in hand.fault("storage_add.secret_key"), "the fault at its field")
    hand.type("storage_add.secret_key", SECRET_KEY)
    hand.click("storage_add.next")
    choose(hand, "storage_add.place.by_new")
    hand.type("storage_add.place.new", "customers-2027")
    choose(hand, "storage_add.place.by_found")
    hand.press(Qt.Key.Key_Return, "storage_add.place.called")
    hand.see("storage_add.companies.list").item(0).setCheckState(Qt.CheckState.Checked)
    hand.click("storage_add.next")
    hand.reads("storage_add.happens", "customers becomes a destination for 1 company")
    hand.click("storage_add.next")
    hand.reads("storage_account.title", "MinIO")
    hand.reads("storage.destination.companies", "Contoso")
    hand.reads("storage.destination.used", "1.5 kB · 2 objects")
    service.put("customers/mia/three", 500)
    hand.click("storage_account.measure")
    hand.reads("storage.destination.used", "2 kB · 3 objects")
    hand.click("storage_account.test")
    hand.reads("storage_account.tested.text", "takes the credentials")
    hand.click("storage.destination.browse")
    hand.wait(lambda: hand.column("storage_browse.table") == ["jonas/", "mia/"], "what lies there")
    hand.click("storage_browse.close")
    hand.click("storage_account.delete")
    hand.reads("storage_delete.consequence", "stays at the service")
    hand.click("storage_delete.submit")
    hand.see("storage.empty")


def test_credentials_are_changed_and_a_bucket_is_made(hand: Hand, service: Service) -> None:
    add(hand, service)
    choose(hand, "storage_add.place.by_new")
    hand.type("storage_add.place.new", "new-bucket")
    hand.click("storage_add.next")
    hand.click("storage_add.next")
    hand.click("storage_add.next")
    hand.reads("storage_account.title", "MinIO")
    assert (service.folder / "new-bucket").is_dir()
    hand.click("storage_account.change")
    hand.type("storage_credentials.secret_key", "another-secret")
    hand.click("storage_credentials.submit")
    hand.click("storage_credentials.untested")
    hand.reads("toast.text", "credentials are changed")
    hand.click("storage_account.measure")
    hand.reads("storage.destination.advice", "does not take these keys")
    hand.click("nav.overview")
    hand.wait(lambda: any("(MinIO) could not be measured" in each for each in hand.words()), "what needs attention")
