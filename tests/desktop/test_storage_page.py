"""The storage page, an account and the wizard, against a server that answers from memory."""

from pathlib import Path
from typing import Any, TypeVar

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDialog, QLabel, QLineEdit, QListWidget, QPushButton, QRadioButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.core import clock
from desktop.core.storage import Service
from desktop.dialogs.confirmation import parameters_of
from desktop.dialogs.storage_add import COMPANIES, CREDENTIALS, PLACE, SERVICE, SUMMARY, AddStorage
from desktop.models.table import MARK_ROLE
from desktop.pages.storage import StoragePage
from desktop.widgets.chip import Mark
from desktop.widgets.key_file import KeyFile
from desktop.widgets.table import Table
from server.contract.company import CompanyDestination
from server.contract.problem import Problem
from server.contract.request import Target
from server.contract.storage import Entry, NewDestination, NewStorageAccount, StorageKind, TestResult, Tried, TryStorage
from tests.desktop.answers import Answers, request
from tests.desktop.answers_of_governing import company
from tests.desktop.answers_of_storage import HOST_KEY, account, destination, measuring
from tests.desktop.scenes import SCENES, Stage
from tests.desktop.scenes_of_storage import (
    KEYS,
    NO_ENGINE,
    at_place,
    at_summary,
    at_summary_of_versions,
    opened,
    page,
    wizard,
)
from tests.desktop.test_storage_words import LOCKED_KEY, OPEN_KEY

Found = TypeVar("Found", bound=QWidget)


def calls(stage: Stage, name: str) -> list[Any]:
    return [what for called, what in stage.world.storage.calls if called == name]


def text(stage: Stage, name: str) -> str:
    return stage.find(name, QLabel).text()


def seen(stage: Stage, name: str) -> bool:
    return any(each.isVisible() for each in stage.window.findChildren(QWidget, name))


def uppermost(stage: Stage, name: str, kind: type[Found]) -> Found:
    """Return of all that are called so the one that stands above the others: rows are not made in their order."""
    found = [each for each in stage.window.findChildren(kind, name) if each.isVisible()]
    return min(found, key=lambda each: each.mapTo(stage.window, QPoint()).y())


def click(stage: Stage, name: str) -> None:
    stage.find(name, QPushButton).click()
    stage.settle()


def type_in(stage: Stage, name: str, words: str) -> None:
    field = stage.find(name, QLineEdit)
    field.setFocus()
    field.clear()
    QTest.keyClicks(field, words)


def test_the_list_tells_each_accounts_state(stage: Stage) -> None:
    page(stage)
    model = stage.find("storage.table", Table).model()
    names = [model.index(row, 0).data() for row in range(model.rowCount())]
    assert names == ["Amazon", "Azure test", "Backup server", "NAS in the office", "Wasabi Frankfurt"]
    marks = [model.index(row, 4).data(MARK_ROLE) for row in range(model.rowCount())]
    told = [each.text if isinstance(each, Mark) else each for each in marks]
    assert told[:4] == ["Measuring 12,345 objects…", "No destination", "Failed: wrong key", "Not measured yet"]
    assert told[4] == "2 hours ago"
    assert "4.2 TB in all" in text(stage, "storage.facts")


def test_the_search_looks_into_destinations_too(stage: Stage) -> None:
    made = page(stage)
    made._search.setText("fabrikam-only")
    made._ask()
    stage.settle()
    model = stage.find("storage.table", Table).model()
    assert [model.index(row, 0).data() for row in range(model.rowCount())] == ["Wasabi Frankfurt"]


def test_without_an_engine_it_is_said_what_to_do(stage: Stage) -> None:
    stage.world.health = NO_ENGINE
    opened(stage)
    assert "rclone" in text(stage, "storage_account.engine.text")
    for name in ("storage_account.measure", "storage_account.browse", "storage.destination.browse"):
        offered = stage.find(name, QPushButton)
        assert not offered.isEnabled()
        assert "no storage engine" in offered.toolTip()
    click(stage, "storage_account.back")
    assert "deletions of data wait" in text(stage, "storage.engine.text")
    stage.find("storage.table", Table).select("sto_1")
    assert not stage.find("storage.measure", QPushButton).isEnabled()
    assert stage.find("storage.add", QPushButton).isEnabled()


def test_measuring_is_begun_followed_and_stopped(stage: Stage, qtbot: QtBot) -> None:
    opened(stage)
    click(stage, "storage_account.measure")
    assert calls(stage, "measure_storage") == ["sto_1"]
    world = stage.world.storage
    world.accounts[0] = world.accounts[0].model_copy(update={"measuring": measuring(3000, 0)})
    qtbot.waitUntil(lambda: "3,000 objects" in text(stage, "storage_account.so_far"))
    assert "bytes" not in text(stage, "storage_account.so_far"), "they are not known yet"
    world.accounts[0] = world.accounts[0].model_copy(update={"measuring": measuring(77, 5000)})
    qtbot.waitUntil(lambda: "77 objects, 5 kB" in text(stage, "storage_account.so_far"))
    click(stage, "storage_account.stop")
    assert calls(stage, "stop_measuring") == ["sto_1"]
    assert not seen(stage, "storage_account.progress")


def test_a_test_tells_what_to_do_next(stage: Stage) -> None:
    opened(stage)
    stage.world.storage.tried = [Tried(result=TestResult.CERTIFICATE)]
    click(stage, "storage_account.test")
    assert "certificate is not trusted" in text(stage, "storage_account.tested.text")
    click(stage, "storage_account.test")
    assert "takes the credentials" in text(stage, "storage_account.tested.text")


def test_a_test_counts_until_the_account_is_opened_anew_or_reached_otherwise(stage: Stage) -> None:
    made, world = opened(stage), stage.world.storage
    banner = "storage_account.tested"

    def test() -> None:
        click(stage, "storage_account.test")
        assert seen(stage, banner)

    test()
    click(stage, "storage_account.back")
    stage.find("page.storage", StoragePage)._open("sto_1")
    stage.settle()
    assert not seen(stage, banner)
    test()
    moved = {"settings": world.accounts[0].settings | {"region": "eu-west-1"}}
    world.accounts[0] = world.accounts[0].model_copy(update=moved)
    made.reload()
    stage.settle()
    assert not seen(stage, banner)
    target = [Target(type="storage_account", id="sto_1", name="Wasabi Frankfurt")]
    stage.world.requests = [request(action="storage_account.change_credentials", target=target)]
    stage.desk.approvals.reload()
    stage.settle()
    test()
    stage.world.requests = []
    stage.desk.approvals.reload()
    stage.settle()
    assert not seen(stage, banner), "the secrets may be others"
    test()
    made._changed_credentials()
    assert not seen(stage, banner)


def test_a_test_is_told_of_the_account_that_was_tested(stage: Stage) -> None:
    made = opened(stage)
    stage.find("storage_account.test", QPushButton).click()
    made.show_account("sto_5", None)
    stage.settle()
    assert text(stage, "storage_account.title") == "Azure test"
    assert not seen(stage, "storage_account.tested")
    assert stage.find("storage_account.test", QPushButton).isEnabled()


def test_a_test_names_the_destination_that_is_not_there(stage: Stage) -> None:
    opened(stage)
    stage.world.storage.tried = [Tried(result=TestResult.NO_SUCH_PLACE, place="nw-old/customers")]
    click(stage, "storage_account.test")
    assert "There is no bucket nw-old at the service" in text(stage, "storage_account.tested.text")


def test_a_bucket_that_was_typed_is_looked_for_before_the_wizard_goes_on(stage: Stage) -> None:
    made = at_place(stage)
    stage.find("storage_add.place.by_typed", QRadioButton).click()
    type_in(stage, "storage_add.place.typed", "northwnid")
    stage.world.storage.tried = [Tried(result=TestResult.NO_SUCH_PLACE, place="northwnid")]
    click(stage, "storage_add.next")
    assert made._step == PLACE
    fault = text(stage, "storage_add.place.typed.fault")
    assert "There is no bucket northwnid" in fault
    assert "have a new bucket made" in fault
    type_in(stage, "storage_add.place.typed", "northwind")
    click(stage, "storage_add.next")
    assert made._step == COMPANIES
    assert calls(stage, "try_storage")[-1].place == "northwind"


def test_the_wizard_says_before_anything_is_made_that_a_bucket_could_not_be_emptied(stage: Stage) -> None:
    made = at_summary_of_versions(stage)
    assert made._step == SUMMARY
    assert "A deletion of data in northwind-archive would end as failed" in text(stage, "storage_add.note.text")
    assert calls(stage, "try_storage")[-1].place == "northwind-archive"
    stage.world.storage.tried = [Tried(result=TestResult.OK)]
    click(stage, "storage_add.back")
    click(stage, "storage_add.back")
    click(stage, "storage_add.next")
    click(stage, "storage_add.next")
    assert made._step == SUMMARY
    assert not seen(stage, "storage_add.note")


def test_a_test_that_names_such_a_bucket_is_no_failure_of_the_account(stage: Stage) -> None:
    opened(stage)
    stage.world.storage.tried = [Tried(result=TestResult.OLD_VERSIONS, place="nw-old")]
    click(stage, "storage_account.test")
    assert "A deletion of data in nw-old would end as failed" in text(stage, "storage_account.tested.text")


def test_an_account_that_is_gone_leads_back_to_the_list(stage: Stage) -> None:
    made = opened(stage)
    stage.world.storage.accounts = stage.world.storage.accounts[1:]
    made.reload()
    stage.settle()
    assert seen(stage, "storage.table")


def test_escape_leads_back_to_the_list(stage: Stage) -> None:
    made = opened(stage)
    QTest.keyClick(made, Qt.Key.Key_Escape)
    stage.settle()
    assert stage.window.focusWidget() is stage.find("storage.table")


def test_the_navigation_leads_back_to_the_list(stage: Stage) -> None:
    opened(stage)
    click(stage, "nav.users")
    click(stage, "nav.storage")
    assert seen(stage, "storage_account"), "it is still open"
    click(stage, "nav.storage")
    assert seen(stage, "storage.table")


def test_destinations_are_edited_and_removed(stage: Stage) -> None:
    opened(stage)
    click(stage, "storage.destination.edit")
    type_in(stage, "storage_destination.name", "Everybody")
    click(stage, "storage_destination.save")
    assert calls(stage, "edit_destination")[0].model_dump() == {
        "name": "Everybody",
        "companies": ["cmp_0", "cmp_1", "cmp_3"],
    }
    assert "Everybody" in uppermost(stage, "storage.destination.name", QLabel).text()
    uppermost(stage, "storage.destination.remove", QPushButton).click()
    stage.settle()
    click(stage, "storage_remove.submit")
    assert calls(stage, "remove_destination") == ["dst_0"]
    assert "Archive" in text(stage, "storage.destination.name")


def test_a_destination_is_added_in_a_place_that_is_made_first(stage: Stage) -> None:
    opened(stage)
    click(stage, "storage_account.add")
    stage.find("storage_destination.place.by_new", QRadioButton).click()
    type_in(stage, "storage_destination.place.new", "northwind-2027")
    type_in(stage, "storage_destination.place.path", "/customers/")
    taken = Problem(409, "name_taken", "There is a destination of this name")
    stage.world.storage.refuses["add_destination"] = taken
    click(stage, "storage_destination.save")
    assert "of this name" in text(stage, "storage_destination.place.called.fault")
    stage.world.storage.refuses.clear()
    click(stage, "storage_destination.save")
    assert len(calls(stage, "make_place")) == 1, "it is there already"
    assert calls(stage, "add_destination")[-1].place == "northwind-2027/customers"


def test_an_account_is_renamed(stage: Stage) -> None:
    opened(stage)
    click(stage, "storage_account.rename")
    type_in(stage, "storage_rename.name", "Frankfurt")
    click(stage, "storage_rename.save")
    assert text(stage, "storage_account.title") == "Frankfurt"


def test_the_wizard_adds_an_account_with_its_destination(stage: Stage) -> None:
    page(stage)
    click(stage, "storage.add")
    made = stage.find("storage_add", AddStorage)
    stage.find("storage_add.service.wasabi", QRadioButton).click()
    QTest.keyClick(made, Qt.Key.Key_Return)
    stage.settle()
    assert made._step == CREDENTIALS
    type_in(stage, "storage_add.region", "eu-central-2")
    assert stage.find("storage_add.endpoint", QLineEdit).text() == "https://s3.eu-central-2.wasabisys.com"
    for name, words in KEYS.items():
        type_in(stage, f"storage_add.{name}", words)
    QTest.keyClick(stage.find("storage_add.secret_key"), Qt.Key.Key_Return)
    stage.settle()
    assert made._step == PLACE
    type_in(stage, "storage_add.place.path", "customers")
    QTest.keyClick(stage.find("storage_add.place.path"), Qt.Key.Key_Return)
    stage.settle()
    assert made._step == COMPANIES
    click(stage, "storage_add.next")
    assert made._step == SUMMARY
    told = text(stage, "storage_add.happens")
    assert "that no company may use yet" in told
    assert KEYS["secret_key"] not in "\n".join(each.text() for each in made.findChildren(QLabel))
    assert not calls(stage, "add_storage_account")
    click(stage, "storage_add.next")
    settings = {"preset": "wasabi", "region": "eu-central-2", "endpoint": "https://s3.eu-central-2.wasabisys.com"}
    assert calls(stage, "add_storage_account") == [
        NewStorageAccount(name="Wasabi", kind=StorageKind.S3_COMPATIBLE, settings=settings | KEYS)
    ]
    place = "northwind-archive/customers"
    assert calls(stage, "add_destination") == [NewDestination(name=place, place=place, companies=[])]
    asked = [getattr(each, "place", None) for each in calls(stage, "try_storage")]
    assert asked == [None, "northwind-archive"], "what was tested is not tested again"
    assert text(stage, "storage_account.title") == "Wasabi"
    assert calls(stage, "measure_storage")


def test_companies_are_read_when_they_are_shown(stage: Stage, monkeypatch: pytest.MonkeyPatch) -> None:
    def busy(*_: object) -> None:
        raise Problem(503, "busy", "The server is busy", "Try again.")

    made, companies = at_place(stage), stage.world.companies
    with monkeypatch.context() as away:
        away.setattr(Answers, "companies", busy)
        made._step_on()
        stage.settle()
    assert "The server is busy" in text(stage, "storage_add.companies_failed.text")
    assert not seen(stage, "storage_add.no_companies")
    stage.world.companies = companies[:1]
    click(stage, "storage_add.companies_retry")
    assert not seen(stage, "storage_add.companies_failed")
    made._companies._companies.show_value(["cmp_0"])  # type: ignore[union-attr]
    click(stage, "storage_add.back")
    stage.world.companies = companies
    click(stage, "storage_add.next")
    assert stage.find("storage_add.companies.list", QListWidget).count() == len(companies)
    assert made._companies.chosen == ["cmp_0"], "what was chosen stays"


def test_back_and_forth_keeps_what_was_typed(stage: Stage) -> None:
    made = at_place(stage)
    click(stage, "storage_add.back")
    click(stage, "storage_add.back")
    assert made._step == SERVICE
    stage.find("storage_add.service.minio", QRadioButton).click()
    click(stage, "storage_add.next")
    type_in(stage, "storage_add.endpoint", "https://minio.northwind.example:9000")
    assert stage.find("storage_add.name", QLineEdit).text() == "MinIO"
    click(stage, "storage_add.back")
    stage.find("storage_add.service.wasabi", QRadioButton).click()
    click(stage, "storage_add.next")
    assert stage.find("storage_add.secret_key", QLineEdit).text() == KEYS["secret_key"]
    assert stage.find("storage_add.name", QLineEdit).text() == "Wasabi"


@pytest.mark.parametrize(
    ("result", "field"),
    [
        (TestResult.WRONG_KEY, "secret_key"),
        (TestResult.UNKNOWN_HOST, "endpoint"),
        (TestResult.REFUSED, "endpoint"),
        (TestResult.UNREACHABLE, "endpoint"),
        (TestResult.CERTIFICATE, "endpoint"),
        (TestResult.WRONG_SCHEME, "endpoint"),
        (TestResult.NOT_ALLOWED, "endpoint"),
    ],
)
def test_a_mistake_is_said_at_its_field(stage: Stage, result: TestResult, field: str) -> None:
    stage.world.storage.tried = [Tried(result=result)]
    made = wizard(stage, Service.MINIO, endpoint="https://minio.northwind.example:9000", **KEYS)
    click(stage, "storage_add.next")
    assert made._step == CREDENTIALS
    assert text(stage, f"storage_add.{field}.fault")
    assert seen(stage, "storage_add.untested")
    click(stage, "storage_add.untested")
    assert made._step == PLACE
    assert "type the name" in text(stage, "storage_add.place_note.text")


def test_in_large_type_the_mistake_is_scrolled_to_with_its_words(tmp_path: Path, qtbot: QtBot) -> None:
    stage = Stage(tmp_path, scale=2.0, height=720)
    qtbot.waitExposed(stage.window)
    try:
        SCENES["storage_add_azure_refused"](stage)
        stage.settle()
        dialog = stage.find("storage_add", AddStorage)
        words = stage.find("storage_add.key.fault", QLabel)
        room = dialog._scroll.viewport()
        assert "Azure does not take this key" in words.text()
        assert room.rect().contains(words.rect().translated(words.mapTo(room, QPoint(0, 0))))
    finally:
        stage.close()


def test_an_account_that_is_unknown_is_not_said_at_the_address_that_was_left_empty(stage: Stage) -> None:
    stage.world.storage.tried = [Tried(result=TestResult.UNKNOWN_HOST)]
    wizard(stage, Service.AZURE_BLOB, account="northwind", key="c2VjcmV0")
    click(stage, "storage_add.next")
    assert "no Azure account" in text(stage, "storage_add.account.fault")
    assert "no Azure account" not in text(stage, "storage_add.endpoint.fault")


def test_what_the_server_refuses_is_said_at_its_field(stage: Stage) -> None:
    SCENES["storage_add_local_refused"](stage)
    stage.settle()
    assert "Choose one that is" in text(stage, "storage_add.path.fault")


def test_a_host_key_is_compared_pinned_and_sent(stage: Stage) -> None:
    stage.world.storage.tried = [Tried(result=TestResult.HOST_KEY, host_key=HOST_KEY)]
    typed = {"host": "backup.northwind.example", "username": "countersign", "password": "secret"}
    made = wizard(stage, Service.SFTP, **typed)
    click(stage, "storage_add.next")
    assert "SHA256:+DiY3wvvV6TuJJhbpZisF" in text(stage, "storage_add.host_key.fingerprint")
    click(stage, "storage_add.host_key.trust")
    assert made._step == PLACE, "it goes on where it was going"
    sent = calls(stage, "try_storage")
    assert isinstance(sent[-1], TryStorage)
    assert "host_key" not in sent[0].settings
    assert sent[-1].settings["host_key"] == HOST_KEY
    click(stage, "storage_add.back")
    type_in(stage, "storage_add.host", "another.northwind.example")
    assert "host_key" not in made._credentials.fields.settings, "another host has another key"


def test_another_host_key_than_the_trusted_one_is_trusted_by_no_slip(stage: Stage) -> None:
    SCENES["storage_credentials_of_sftp"](stage)
    stage.settle()
    trust = stage.find("storage_credentials.host_key.trust", QPushButton)
    assert trust.text() == "Trust the new key"
    assert not trust.isDefault(), "Enter is for the dialog's own button"
    focused = QApplication.focusWidget()
    assert focused is not None
    QTest.keyClick(focused, Qt.Key.Key_Space)
    stage.settle()
    assert trust.isVisible()
    click(stage, "storage_credentials.host_key.trust")
    assert not trust.isVisible()


def test_a_private_key_is_taken_and_never_shown(stage: Stage, tmp_path: Path) -> None:
    made = wizard(stage, Service.SFTP, host="backup.northwind.example", username="countersign")
    stage.find("storage_add.by_private_key", QRadioButton).click()
    key = stage.find("storage_add.private_key", KeyFile)
    QGuiApplication.clipboard().setText(HOST_KEY)
    click(stage, "storage_add.private_key.paste")
    assert "no private key" in text(stage, "storage_add.private_key.fault")
    key.take(LOCKED_KEY, "id_rsa")
    assert "passphrase" in text(stage, "storage_add.private_key.fault")
    file = tmp_path / "id_ed25519"
    file.write_text(OPEN_KEY, "utf-8")
    key._read(str(file))
    assert "id_ed25519" in text(stage, "storage_add.private_key.told")
    settings = made._credentials.fields.settings
    assert settings["private_key"] == OPEN_KEY
    assert "password" not in settings


def test_what_is_made_is_not_made_again(stage: Stage) -> None:
    made = at_summary(stage)
    refused = Problem(422, "storage_refused", "The service has refused", result="no_such_place")
    stage.world.storage.refuses["make_place"] = refused
    click(stage, "storage_add.next")
    assert made._step == PLACE
    assert text(stage, "storage_add.place.new.fault")
    assert not seen(stage, "storage_add.back")
    stage.world.storage.refuses.clear()
    type_in(stage, "storage_add.place.new", "northwind-2028")
    click(stage, "storage_add.next")
    assert made._step == SUMMARY
    assert "account is added" not in text(stage, "storage_add.happens")
    click(stage, "storage_add.next")
    assert len(calls(stage, "add_storage_account")) == 1
    assert [each.name for each in calls(stage, "make_place")] == ["northwind-2027", "northwind-2028"]
    assert len(calls(stage, "add_destination")) == 1


def test_closed_halfway_the_account_that_is_made_is_shown(stage: Stage) -> None:
    at_summary(stage).added.connect(stage.find("page.storage", StoragePage)._added)
    stage.world.storage.refuses["make_place"] = Problem(503, "engine_missing", "There is no engine")
    click(stage, "storage_add.next")
    click(stage, "storage_add.cancel")
    assert text(stage, "storage_account.title") == "Wasabi"


@pytest.mark.parametrize(("chosen", "field"), [("sto_1", "secret_key"), ("sto_3", "password"), ("sto_4", "path")])
def test_changing_credentials_begins_at_the_secret(stage: Stage, chosen: str, field: str) -> None:
    opened(stage, chosen)
    click(stage, "storage_account.change")
    assert stage.find(f"storage_credentials.{field}").hasFocus()


def test_what_is_asked_for_is_named_as_on_the_phone() -> None:
    asked = {
        "storage_account": "sto_1",
        "settings": {"region": "eu-central-1", "endpoint": "https://s3.example"},
        "secrets": "set",
        "secrets_digest": "d" * 43,
    }
    target = [Target(type="storage_account", id="sto_1", name="Wasabi Frankfurt")]
    told = parameters_of(request(action="storage_account.change_credentials", target=target, parameters=asked))
    assert told == "Settings: Region: eu-central-1, Address: https://s3.example; Secrets: set"


def test_changed_credentials_are_all_of_them(stage: Stage) -> None:
    opened(stage)
    click(stage, "storage_account.change")
    type_in(stage, "storage_credentials.secret_key", "another-secret")
    form = stage.find("storage_credentials", QDialog)
    assert form.parameters() == {  # type: ignore[attr-defined]
        "storage_account": "sto_1",
        "settings": stage.world.storage.accounts[0].settings | {"secret_key": "another-secret"},
    }
    click(stage, "storage_credentials.test")
    assert calls(stage, "try_storage")[-1].settings["secret_key"] == "another-secret"


@pytest.mark.parametrize("refusal", [Tried(result=TestResult.WRONG_KEY), Problem(503, "engine_missing", "No engine")])
def test_credentials_that_were_not_tested_are_asked_for_only_on_purpose(
    stage: Stage, refusal: Tried | Exception
) -> None:
    opened(stage)
    click(stage, "storage_account.change")
    stage.world.storage.tried = [refusal]
    type_in(stage, "storage_credentials.secret_key", "wrong")
    click(stage, "storage_credentials.submit")
    assert seen(stage, "storage_credentials"), "nothing is asked for yet"
    assert not seen(stage, "storage_credentials.test")
    click(stage, "storage_credentials.untested")
    assert not seen(stage, "storage_credentials")
    assert len(calls(stage, "try_storage")) == 1


def test_credentials_that_reach_the_service_are_asked_for_after_one_test(stage: Stage) -> None:
    opened(stage)
    click(stage, "storage_account.change")
    stage.world.storage.tried = [Tried(result=TestResult.WRONG_KEY)]
    type_in(stage, "storage_credentials.secret_key", "wrong")
    click(stage, "storage_credentials.submit")
    type_in(stage, "storage_credentials.secret_key", "right")
    assert not seen(stage, "storage_credentials.untested"), "it is another secret"
    click(stage, "storage_credentials.test")
    assert seen(stage, "storage_credentials"), "a test alone asks nobody"
    click(stage, "storage_credentials.submit")
    assert not seen(stage, "storage_credentials")
    assert [each.settings["secret_key"] for each in calls(stage, "try_storage")] == ["wrong", "right"]


def test_credentials_that_do_not_reach_a_destination_are_asked_for_only_on_purpose(stage: Stage) -> None:
    opened(stage)
    click(stage, "storage_account.change")
    stage.world.storage.tried = [Tried(result=TestResult.NO_SUCH_PLACE, place="nw-old/customers")]
    type_in(stage, "storage_credentials.secret_key", "of-another-account")
    click(stage, "storage_credentials.submit")
    assert calls(stage, "try_storage")[-1].place == stage.world.storage.accounts[0].destinations[0].place
    assert "There is no bucket nw-old at the service" in text(stage, "storage_credentials.result.text")
    assert seen(stage, "storage_credentials.untested")
    stage.world.storage.tried = [Tried(result=TestResult.INVALID, place="nw-old/.")]
    type_in(stage, "storage_credentials.secret_key", "of-this-account")
    click(stage, "storage_credentials.submit")
    assert seen(stage, "storage_credentials.untested"), "it is the place that is wrong"


def test_who_goes_on_while_it_is_tested_goes_on_after_it(stage: Stage) -> None:
    opened(stage)
    click(stage, "storage_account.change")
    type_in(stage, "storage_credentials.secret_key", "right")
    for name in ("test", "submit"):
        stage.find(f"storage_credentials.{name}", QPushButton).click()
    stage.settle()
    assert not seen(stage, "storage_credentials")
    assert len(calls(stage, "try_storage")) == 1


def test_folders_are_opened_and_left_by_the_keyboard(stage: Stage) -> None:
    stage.world.storage.entries = [Entry(name="customers", folder=True, size=None)]
    opened(stage)
    click(stage, "storage_account.browse")
    table = stage.find("storage_browse.table", Table)
    QTest.keyClick(table, Qt.Key.Key_Return)
    stage.settle()
    assert calls(stage, "browse_storage") == ["", "customers"]
    QTest.keyClick(table, Qt.Key.Key_Backspace)
    stage.settle()
    assert calls(stage, "browse_storage")[-1] == ""


def test_the_overview_tells_what_lies_there_and_what_failed(stage: Stage) -> None:
    stage.world.storage.accounts = [
        account(1, "Wasabi", "wasabi", destination(0)),
        account(3, "Backup server", "sftp", destination(1, failure=TestResult.UNREACHABLE)),
    ]
    stage.shell("overview")
    assert text(stage, "overview.storage.now") == "1.7 TB"
    titles = [each.text() for each in stage.window.findChildren(QLabel, "overview.concern.title")]
    assert any(each.endswith("(Backup server) could not be measured") for each in titles)
    click(stage, "overview.storage.open")
    assert seen(stage, "page.storage")


def test_the_overview_tells_that_there_is_no_engine_where_one_is_needed(stage: Stage, qtbot: QtBot) -> None:
    def told() -> list[str]:
        titles = [each.text() for each in stage.window.findChildren(QLabel, "overview.concern.title")]
        return [each for each in titles if "Wasabi" in each or "engine" in each]

    stage.world.health = NO_ENGINE
    shell = stage.shell("overview")
    assert not told(), "nothing needs one yet"
    lost = destination(1, failure=TestResult.NO_ENGINE)
    stage.world.storage.accounts = [account(1, "Wasabi", "wasabi", lost)]
    shell._pages.turn_to("overview").reload()
    qtbot.waitUntil(lambda: told() == ["The server has no storage engine"])


def test_a_destination_in_use_is_refused_before_anybody_tries(stage: Stage) -> None:
    SCENES["storage_remove_of_one_in_use"](stage)
    stage.settle()
    assert "3 users" in text(stage, "storage_remove.banner.text")
    assert not stage.find("storage_remove.submit", QPushButton).isEnabled()
    assert not calls(stage, "remove_destination")


def test_destinations_are_told_apart_by_their_accounts(stage: Stage) -> None:
    alike = [
        CompanyDestination(id=f"dst_{name}", name="vault", storage_account=f"sto_{name}", storage_account_name=name)
        for name in ("Wasabi", "MinIO")
    ]
    stage.world.companies = [company(1, destinations=alike)]
    stage.shell("companies")
    model = stage.find("companies.table", Table).model()
    assert model.index(0, 3).data() == "vault (Wasabi), vault (MinIO)"


def test_when_it_was_measured_is_said_in_one_sentence(stage: Stage) -> None:
    stage.world.storage.accounts = [account(1, "Wasabi", "wasabi", destination(0, measured_at=clock.now()))]
    stage.shell("storage")
    stage.find("page.storage", StoragePage).begin(stage.world.storage.accounts[0].id)
    stage.settle()
    assert "Measured just now" in [each.text() for each in stage.window.findChildren(QLabel) if each.isVisible()]
