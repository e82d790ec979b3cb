"""The approvals page against the real server: filters, one request in full, and evidence that anybody can check."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QDate, Qt
from PySide6.QtTest import QAbstractItemModelTester

from desktop.demo.phone import SoftwarePhone
from desktop.models.table import PAGE
from desktop.pages.approvals import ApprovalsPage
from desktop.widgets.text import Elided
from server.contract.request import RequestStatus
from tests.desktop.answers import request
from tests.desktop.hand import Hand
from tests.desktop.scenes import Stage
from tests.living import ROOT, USERNAME, LivingServer, TestConsole
from tests.server.reaching import COLLEAGUES_PASSWORD
from tests.server.test_decisions import colleague_of

Open = Callable[..., Hand]
Guarded = tuple[Hand, SoftwarePhone, TestConsole]
MIA, JULIA, IVO = (f"{name}@contoso.example" for name in ("mia.brandt", "julia.meier", "ivo.petrov"))


@pytest.fixture
def guarded(server: LivingServer, open_console: Open) -> Guarded:
    """A console at the approvals: one deletion approved, one rejected, one waiting, and two sign-ins."""
    script, phone = server.protected()
    approved = script.delete(script.user(MIA))
    phone.approve(approved["id"], approved["code"])
    phone.reject(script.delete(script.user(JULIA))["id"])
    hand = open_console(url=server.url)
    hand.sign_in()
    code = hand.text("waiting.code")
    phone.approve(phone.pending()[0].id, code)
    script.delete(script.user(IVO))
    hand.click("nav.approvals")
    hand.wait(lambda: "Pending" in hand.column("approvals.table", 4), "the requests")
    return hand, phone, script


def choose(hand: Hand, name: str, value: str) -> None:
    box = hand.see(name)
    hand.wait(lambda: box.findData(value) >= 0, f"{value} in {name}")
    box.setCurrentIndex(box.findData(value))
    box.activated.emit(box.currentIndex())


def test_the_filters_are_the_servers(guarded: Guarded) -> None:
    hand, _, _ = guarded
    model = hand.table("approvals.table").model()
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Fatal)
    everything = len(hand.column("approvals.table"))
    choose(hand, "approvals.status", "rejected")
    hand.wait(lambda: hand.column("approvals.table", 2) == [JULIA], "what was rejected")
    choose(hand, "approvals.status", "")
    choose(hand, "approvals.action", "sign_in")
    hand.wait(lambda: set(hand.column("approvals.table", 1)) == {"Sign in"}, "the sign-ins")
    choose(hand, "approvals.action", "")
    choose(hand, "approvals.requester", USERNAME)
    hand.wait(lambda: len(hand.column("approvals.table")) == everything, "the requester's")
    hand.type("approvals.search", "ivo")
    hand.wait(lambda: hand.column("approvals.table", 2) == [IVO], "what was searched for")
    day = hand.see("approvals.to")
    day.choose(QDate.currentDate().addDays(-2))
    day.picked.emit(day.day)
    hand.see("approvals.none")


def test_one_request_is_told_in_full(guarded: Guarded) -> None:
    hand, _, _ = guarded
    hand.select("approvals.table", MIA, 2)
    hand.reads("approvals.details.title", f"Delete user {MIA}")
    hand.reads("approvals.details.status", "Executed")
    hand.reads("approvals.details.consequence", "can no longer sign in")
    asked, went = hand.text("approvals.details.asked"), hand.text("approvals.details.went")
    for part in (USERNAME, "says NW-LT-014", "127.0.0.1", "user_only"):
        assert part in asked
    for part in ("Pixel 9", "Pixel 9 (on the phone)", "req_"):
        assert part in went
    hand.reads("approvals.details.events", "request:created")
    hand.reads("approvals.details.events", "request:executed")
    hand.press(Qt.Key.Key_Escape, "approvals.details")
    hand.gone("approvals.details")


def test_evidence_is_exported_and_holds(guarded: Guarded, tmp_path: Path) -> None:
    hand, _, script = guarded
    hand.select("approvals.table", IVO, 2)
    hand.see("approvals.details")
    assert not hand.seen("approvals.details.export"), "nobody has decided it"
    hand.select("approvals.table", MIA, 2)
    hand.see("approvals.details.export")
    request = hand.table("approvals.table").key()
    file = tmp_path / "evidence of Mia.json"
    hand.see("page.approvals").export(request, file)
    command = hand.text("evidence.command")
    words = command.removeprefix("countersign-server ").split('"')
    given = [words[0].strip(), words[1], words[2].strip()]
    assert given[:2] == ["verify", str(file)]
    run = [sys.executable, "-m", "server.cli", *given]
    done = subprocess.run(run, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    assert USERNAME in done.stdout
    changed = tmp_path / "changed.json"
    changed.write_text(file.read_text("utf-8").replace("Pixel 9", "Pixel 8").replace('"approve"', '"reject"'), "utf-8")
    done = subprocess.run([*run[:4], str(changed), given[2]], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode != 0
    hand.click("evidence.close")
    assert [each["request"] for each in script.audit(event="audit:exported")] == [request]
    hand.see("page.approvals").export(request, tmp_path / "no such folder" / "evidence.json")
    hand.reads("toast.text", "could not be written")


def test_what_waits_can_be_shown_and_cancelled(guarded: Guarded) -> None:
    hand, phone, _ = guarded
    hand.select("approvals.table", IVO, 2)
    hand.click("approvals.details.show")
    hand.see("confirmation")
    hand.click("confirmation.put_aside")
    hand.click("approvals.details.cancel")
    hand.reads("approvals.details.status", "Cancelled")
    hand.reads("approvals.details.outcome", "Nothing was changed")
    hand.reads("approvals.details.events", "request:cancelled")
    assert not phone.pending()
    assert not hand.seen("approvals.details.cancel")


def test_a_colleagues_sign_in_and_what_is_about_oneself_offer_no_calling_off(guarded: Guarded) -> None:
    hand, phone, script = guarded
    _, colleague = colleague_of(script, phone)
    TestConsole(script.url).begin_sign_in("jonas", COLLEAGUES_PASSWORD)
    colleague.ask("administrator.disable", administrator=script.call("GET", "/me")["id"])
    choose(hand, "approvals.status", "pending")
    others = [USERNAME, "jonas from 127.0.0.1"]
    hand.wait(lambda: sorted(hand.column("approvals.table", 2)) == sorted([IVO, *others]), "all that wait")
    for each in others:
        hand.select("approvals.table", each, 2)
        hand.reads("approvals.details.status", "Pending")
        assert not hand.seen("approvals.details.cancel")
    hand.select("approvals.table", IVO, 2)
    assert hand.seen("approvals.details.cancel")


def test_history_is_paged(guarded: Guarded) -> None:
    hand, phone, script = guarded
    for number in range(PAGE):
        request = script.delete(script.user(f"user{number}@contoso.example"))
        phone.reject(request["id"])
    hand.wait(lambda: len(hand.column("approvals.table")) == PAGE, "the first page")
    hand.table("approvals.table").scrollToBottom()
    hand.wait(lambda: len(hand.column("approvals.table")) > PAGE, "what is older")


def test_the_pane_leads_here(guarded: Guarded) -> None:
    hand, _, _ = guarded
    hand.click("nav.overview")
    hand.click("approvals.all")
    hand.see("page.approvals")
    assert hand.text("nav.approvals.count") == "1"


@pytest.mark.parametrize("listed", [True, False])
def test_a_request_that_came_before_the_list_is_still_shown_after_it(stage: Stage, *, listed: bool) -> None:
    shown = request(RequestStatus.REJECTED)
    stage.shell("approvals")
    page = stage.find("page.approvals", ApprovalsPage)
    page._wanted = shown.id
    page._arrived(shown)
    stage.world.requests = [shown] if listed else [request(own=False)]
    page._model.reload()
    stage.settle()
    assert stage.find("approvals.details.title", Elided).text() == "Delete user mia.brandt@contoso.example"
    assert page._table.key() == (shown.id if listed else "")
