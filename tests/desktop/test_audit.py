"""The audit page: what happened, with all its parameters, and out of the console again."""

import csv
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QDate
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QAbstractItemModelTester

from desktop.core.client import Client
from desktop.models.table import PAGE
from server.contract.audit import AuditEvent
from server.contract.message import Page
from server.contract.user import NewUser
from tests.desktop.hand import Hand
from tests.living import USERNAME, LivingServer

Open = Callable[..., Hand]
MIA = "mia.brandt@contoso.example"


@pytest.fixture
def at_audit(server: LivingServer, open_console: Open) -> Hand:
    """A console at the audit page, after an approved deletion and a rejected one."""
    script, phone = server.protected()
    request = script.delete(script.user(MIA, name="Mia Brandt"))
    phone.approve(request["id"], request["code"])
    phone.reject(script.delete(script.user("julia.meier@contoso.example"))["id"])
    hand = open_console(url=server.url)
    hand.sign_in()
    code = hand.text("waiting.code")
    phone.approve(phone.pending()[0].id, code)
    hand.click("nav.audit")
    hand.wait(lambda: "request:approved" in hand.column("audit.table", 1), "the events")
    return hand


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Where the console began to read the audit log: a cursor, or nothing for its top."""
    found: list[str] = []
    audit = Client.audit

    def remembering(client: Client, query: dict[str, str]) -> Page[AuditEvent]:
        found.append(query.get("cursor", ""))
        return audit(client, query)

    monkeypatch.setattr(Client, "audit", remembering)
    return found


def choose(hand: Hand, name: str, value: str) -> None:
    box = hand.see(name)
    hand.wait(lambda: box.findData(value) >= 0, f"{value} in {name}")
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def test_the_filters_are_the_servers(at_audit: Hand) -> None:
    hand = at_audit
    QAbstractItemModelTester(hand.table("audit.table").model(), QAbstractItemModelTester.FailureReportingMode.Fatal)
    everything = len(hand.column("audit.table"))
    choose(hand, "audit.event", "request")
    hand.wait(lambda: {event.partition(":")[0] for event in hand.column("audit.table", 1)} == {"request"}, "requests")
    choose(hand, "audit.outcome", "denied")
    hand.wait(lambda: set(hand.column("audit.table", 1)) == {"request:rejected"}, "what was denied")
    choose(hand, "audit.event", "")
    choose(hand, "audit.outcome", "")
    choose(hand, "audit.actor", USERNAME)
    hand.wait(lambda: set(hand.column("audit.table", 2)) == {USERNAME}, "the actor's")
    hand.type("audit.search", MIA)
    hand.wait(lambda: 0 < len(hand.column("audit.table", 1)) < everything, "what was searched for")
    day = hand.see("audit.to")
    day.choose(QDate.currentDate().addDays(-2))
    day.picked.emit(day.day)
    hand.see("audit.empty")


def test_the_details_tell_everything_and_can_be_copied(at_audit: Hand) -> None:
    hand = at_audit
    hand.type("audit.search", MIA)
    hand.wait(lambda: set(hand.column("audit.table", 3)) == {MIA}, "what is about her")
    hand.select("audit.table", "request:approved", 1)
    hand.reads("audit.details.title", MIA)
    facts = hand.text("audit.details.facts")
    for part in ("user.delete", "mode = user_only", "says NW-LT-014", "127.0.0.1", "decision approve", "code typed"):
        assert part in facts
    hand.click("audit.details.copy")
    copied = json.loads(QGuiApplication.clipboard().text())
    assert copied["event"] == "request:approved"
    assert copied["evidence"]["sig"]
    assert copied["target"][0]["name"] == MIA


def test_what_is_filtered_is_exported(at_audit: Hand, tmp_path: Path) -> None:
    hand = at_audit
    choose(hand, "audit.event", "request")
    hand.wait(lambda: {event.partition(":")[0] for event in hand.column("audit.table", 1)} == {"request"}, "requests")
    page = hand.see("page.audit")
    page.export(tmp_path / "audit.jsonl")
    hand.reads("toast.text", "audit.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "audit.jsonl").read_text("utf-8").splitlines()]
    assert lines
    assert all(line["event"].startswith("request:") for line in lines)
    page.export(tmp_path / "audit.csv")
    hand.reads("toast.text", "audit.csv")
    with (tmp_path / "audit.csv").open(encoding="utf-8", newline="") as file:
        rows = list(csv.reader(file))
    assert len(rows) == len(lines) + 1
    page.export(tmp_path / "no such folder" / "audit.csv")
    hand.reads("toast.text", "could not be written")


def test_the_file_dialog_asks_where_to(at_audit: Hand, tmp_path: Path) -> None:
    from PySide6.QtWidgets import QFileDialog

    hand = at_audit
    hand.click("audit.export")
    dialog = hand.window.findChild(QFileDialog, "audit.export_dialog")
    assert isinstance(dialog, QFileDialog)
    dialog.selectFile(str(tmp_path / "chosen.csv"))
    dialog.fileSelected.emit(str(tmp_path / "chosen.csv"))
    dialog.close()
    hand.reads("toast.text", "chosen.csv")
    assert (tmp_path / "chosen.csv").stat().st_size > 0


def test_new_events_appear_by_themselves_and_the_selection_stays(at_audit: Hand) -> None:
    hand = at_audit
    hand.select("audit.table", "request:rejected", 1)
    title = hand.text("audit.details.title")
    chosen = hand.table("audit.table").key()
    desk = hand.console.arrival.desk
    assert desk is not None
    desk.client.add_user(NewUser(username="late@contoso.example"))
    hand.wait(lambda: hand.column("audit.table", 1)[0] == "user:created", "the new event")
    assert hand.table("audit.table").key() == chosen
    assert hand.text("audit.details.title") == title


def test_of_a_long_log_only_the_top_is_read_again(server: LivingServer, open_console: Open, asked: list[str]) -> None:
    script = server.set_up()
    for number in range(120):
        script.user(f"user{number}@contoso.example")
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.see("nav.users")
    hand.click("nav.audit")
    hand.wait(lambda: len(hand.column("audit.table", 1)) == PAGE, "the first page")
    table = hand.table("audit.table")
    table.model().fetchMore(table.rootIndex())
    hand.wait(lambda: len(hand.column("audit.table", 1)) > PAGE, "all of it")
    shown, told = len(hand.column("audit.table", 1)), hand.text("audit.facts")
    assert str(shown) in told
    asked.clear()
    script.user("late@contoso.example")
    hand.wait(lambda: len(hand.column("audit.table", 1)) == shown + 1, "the new event")
    hand.reads("audit.facts", str(shown + 1))
    assert set(asked) == {""}
