"""The users page, from the first user to an approved deletion."""

from collections.abc import Callable

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest

from desktop.demo.phone import SoftwarePhone
from desktop.style.theme import theme
from desktop.widgets.chip import Mark, chip_size
from desktop.widgets.table import Table
from desktop.widgets.user_columns import of_limit
from tests.desktop.hand import Hand
from tests.desktop.scenes import Stage
from tests.living import LivingServer, TestConsole

Open = Callable[..., Hand]
MIA = "mia.brandt@contoso.example"


@pytest.fixture
def team(server: LivingServer, open_console: Open) -> tuple[Hand, TestConsole]:
    """A console that is signed in, and a colleague's that is a script; nobody has two-factor authentication."""
    script = server.set_up()
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.click("nav.users")
    return hand, script


@pytest.fixture
def guarded(server: LivingServer, open_console: Open) -> tuple[Hand, SoftwarePhone, TestConsole]:
    """A console that is signed in with the phone, which will be asked for every protected action."""
    script, phone = server.protected()
    script.user(MIA, name="Mia Brandt")
    script.user("julia.meier@contoso.example", name="Julia Meier")
    hand = open_console(url=server.url)
    hand.sign_in()
    code = hand.text("waiting.code")
    phone.approve(phone.pending()[0].id, code)
    hand.click("nav.users")
    hand.see("users.table")
    return hand, phone, script


def ask_to_delete_mia(hand: Hand, reason: str = "Contract ended, ticket 4471") -> None:
    hand.select("users.table", MIA, 1)
    hand.click("users.delete")
    hand.reads("delete_user.how.text", "phone")
    hand.type("delete_user.reason", reason)
    hand.click("delete_user.submit")


def test_the_first_user_and_the_first_company_are_added(team: tuple[Hand, TestConsole]) -> None:
    hand, _ = team
    hand.click("users.empty.add")
    hand.type("user_form.email", "not an address")
    hand.click("user_form.save")
    assert "name@example.com" in hand.fault("user_form.email")
    hand.type("user_form.email", MIA)
    hand.type("user_form.name", "Mia Brandt")
    company = hand.see("user_form.company")
    hand.wait(lambda: company.findData("+") > 0, "the companies")
    company.setCurrentIndex(company.findData("+"))
    company.activated.emit(company.currentIndex())
    hand.type("user_form.new_company", "Contoso")
    hand.click("user_form.save")
    hand.wait(lambda: hand.column("users.table", 2) == ["Contoso"], "the new user")
    hand.reads("users.facts", "1 user · 1 company")
    hand.reads("toast.text", "Mia Brandt")


def test_a_name_that_is_taken_is_said_beside_the_field(team: tuple[Hand, TestConsole]) -> None:
    hand, script = team
    script.user(MIA)
    hand.select("users.table", MIA, 1)
    hand.click("users.add")
    hand.type("user_form.email", MIA)
    hand.click("user_form.save")
    hand.wait(lambda: hand.seen("user_form.email.fault"), "the fault")
    assert hand.fault("user_form.email")


def test_editing_changes_what_the_table_shows(team: tuple[Hand, TestConsole]) -> None:
    hand, script = team
    script.user(MIA, name="Mia")
    hand.select("users.table", MIA, 1)
    hand.click("users.edit")
    hand.type("user_form.name", "Mia Brandt-Larsen")
    hand.click("user_form.save")
    hand.wait(lambda: hand.column("users.table") == ["Mia Brandt-Larsen"], "the new name")


def test_another_console_sees_it_without_being_asked(team: tuple[Hand, TestConsole]) -> None:
    hand, script = team
    hand.see("users.empty")
    script.user(MIA, name="Mia Brandt")
    hand.wait(lambda: hand.column("users.table") == ["Mia Brandt"], "the colleague's user")


def test_searching_sorting_and_paging_are_the_servers(team: tuple[Hand, TestConsole]) -> None:
    hand, script = team
    for number in range(130):
        script.user(f"user{number:03d}@contoso.example", name=f"User {number:03d}")
    hand.reads("users.facts", "130 users")
    assert len(hand.column("users.table")) == 100
    view = hand.table("users.table")
    QAbstractItemModelTester(view.model(), QAbstractItemModelTester.FailureReportingMode.Fatal)
    view.scrollToBottom()
    hand.wait(lambda: len(hand.column("users.table")) == 130, "the second page")
    hand.select("users.table", "User 040")
    place = view.verticalScrollBar().value()
    script.user("late@contoso.example", name="Zoe Late")
    hand.reads("users.facts", "131 users")
    assert view.verticalScrollBar().value() == place
    assert view.key()
    hand.reads("users.selected", "User 040")
    QTest.mouseClick(
        view.horizontalHeader().viewport(), Qt.MouseButton.LeftButton, pos=view.horizontalHeader().rect().center() / 8
    )
    hand.wait(lambda: hand.column("users.table")[0] == "User 000", "the order by name")
    hand.type("users.search", "USER 12")
    hand.wait(lambda: len(hand.column("users.table")) == 10, "what was searched for")
    hand.type("users.search", "nobody like this")
    hand.see("users.empty")


def test_without_two_factor_the_form_says_that_it_executes_at_once(team: tuple[Hand, TestConsole]) -> None:
    hand, script = team
    script.user(MIA, name="Mia Brandt")
    hand.select("users.table", MIA, 1)
    hand.click("users.delete")
    hand.reads("delete_user.how.text", "at once")
    hand.reads("delete_user.consequence", "can no longer sign in")
    hand.press(Qt.Key.Key_Return, "delete_user.cancel")
    hand.gone("delete_user")
    assert hand.column("users.table", 1) == [MIA]
    hand.click("users.delete")
    hand.click("delete_user.submit")
    hand.see("users.empty")
    assert not script.call("GET", "/users")["items"]


def test_a_deletion_waits_for_the_phone_and_shows_that_it_was_approved(
    guarded: tuple[Hand, SoftwarePhone, TestConsole],
) -> None:
    hand, phone, script = guarded
    ask_to_delete_mia(hand)
    hand.reads("confirmation.target", MIA)
    shown = next(shown for shown in phone.pending() if shown.details["action"] == "user.delete")
    assert shown.details["reason"] == "Contract ended, ticket 4471"
    assert hand.text("confirmation.consequence") == shown.details["consequence"]
    facts = hand.text("confirmation.facts")
    for claimed in ("device_name", "application", "ip"):
        assert shown.details[claimed] in facts
    hand.wait(lambda: "Deletion pending" in hand.column("users.table", 3), "the chip")
    assert "/phone/#a=" in hand.qr("confirmation.qr")
    assert phone.approve(shown.id, hand.text("confirmation.code")) == "executed"
    hand.reads("confirmation.status", "Approved")
    hand.wait(lambda: hand.column("users.table", 1) == ["julia.meier@contoso.example"], "the deletion")
    hand.click("confirmation.close")
    assert [event["event"] for event in script.audit(event="request:executed", q=MIA)] == ["request:executed"]


def test_put_aside_it_lives_on_in_the_pane(guarded: tuple[Hand, SoftwarePhone, TestConsole]) -> None:
    hand, phone, _ = guarded
    ask_to_delete_mia(hand)
    code = hand.text("confirmation.code")
    assert hand.see("confirmation.put_aside").isDefault()
    hand.press(Qt.Key.Key_Escape, "confirmation")
    hand.gone("confirmation")
    assert hand.text("approvals.request.code") == code
    assert hand.text("approvals.count") == "1 waiting"
    hand.click("users.show_request")
    assert hand.text("confirmation.code") == code
    hand.click("confirmation.put_aside")
    hand.gone("confirmation")
    hand.click("approvals.request.qr")
    hand.see("confirmation")
    phone.reject(phone.pending()[0].id)
    hand.reads("confirmation.status", "Rejected")
    assert MIA in hand.column("users.table", 1)


def test_cancelling_ends_the_request(guarded: tuple[Hand, SoftwarePhone, TestConsole]) -> None:
    hand, phone, _ = guarded
    ask_to_delete_mia(hand)
    hand.click("confirmation.cancel")
    hand.reads("confirmation.status", "Cancelled")
    hand.click("confirmation.close")
    hand.see("approvals.empty")
    assert not phone.pending()


def test_a_target_that_changed_meanwhile_makes_it_void(guarded: tuple[Hand, SoftwarePhone, TestConsole]) -> None:
    hand, phone, script = guarded
    ask_to_delete_mia(hand)
    code = hand.text("confirmation.code")
    mia = next(user["id"] for user in script.call("GET", "/users")["items"] if user["username"] == MIA)
    script.call("PATCH", f"/users/{mia}", {"name": "Mia Somebody Else"})
    assert phone.approve(phone.pending()[0].id, code) == "void"
    hand.reads("confirmation.status", "Void")
    hand.reads("confirmation.outcome", "has changed since")


def test_a_request_of_another_session_shows_no_code(guarded: tuple[Hand, SoftwarePhone, TestConsole]) -> None:
    hand, _, script = guarded
    mia = next(user["id"] for user in script.call("GET", "/users")["items"] if user["username"] == MIA)
    script.delete(mia)
    hand.see("approvals.request")
    assert not hand.seen("approvals.request.code")
    hand.wait(lambda: "Deletion pending" in hand.column("users.table", 3), "the chip")


def test_a_request_that_needs_no_code_says_so_to_whoever_asked_and_keeps_its_qr_code(
    guarded: tuple[Hand, SoftwarePhone, TestConsole],
) -> None:
    hand, phone, script = guarded
    change = script.ask("policy.change", without_code=["user.delete"])
    assert phone.approve(change["id"], change["code"]) == "executed"
    ask_to_delete_mia(hand)
    hand.see("confirmation.qr")
    assert not hand.seen("confirmation.code")
    hand.click("confirmation.put_aside")
    hand.see("approvals.request.qr")
    assert not hand.seen("approvals.request.code")
    assert "No code is needed: approve it on your Pixel 9" in hand.words()
    hand.click("approvals.request.qr")
    assert hand.words().count("No code is needed: approve it on your Pixel 9") == 2
    assert not any("Code shown" in word for word in hand.words())
    assert phone.approve(phone.pending()[0].id, "") == "executed"
    hand.reads("confirmation.status", "Approved")


def test_a_console_whose_request_was_answered_with_not_me_says_why_it_is_signed_out(
    guarded: tuple[Hand, SoftwarePhone, TestConsole],
) -> None:
    hand, phone, _ = guarded
    ask_to_delete_mia(hand)
    hand.see("confirmation.code")
    phone.reject(phone.pending()[0].id, "not_me")
    hand.reads("sign_in.banner.text", "Not me")


def test_addresses_have_their_room_and_a_limit_alone_is_called_one(stage: Stage) -> None:
    stage.shell("users")
    table = stage.find("users.table", Table)
    address = theme().metrics(13, 400).horizontalAdvance("person.0000@contoso.example")
    assert table.columnWidth(1) >= address + theme().px(16)
    chip = Mark("Data gone in 71 h 58 min", "waiting")
    assert table.columnWidth(3) >= chip_size(chip).width()
    assert of_limit(None, 10**9) == "Limit 1 GB"
    assert of_limit(5, 10**9) == "5 bytes of 1 GB"


def test_what_a_customer_is_called_is_never_markup(team: tuple[Hand, TestConsole]) -> None:
    hand, script = team
    name = "<img src=x onerror=1> & Sons"
    script.user(MIA, name=name)
    hand.select("users.table", name)
    hand.reads("users.selected", name)
    assert hand.see("users.selected").textFormat() == Qt.TextFormat.PlainText
    tip = hand.table("users.table").model().index(0, 0).data(Qt.ItemDataRole.ToolTipRole)
    assert "&lt;img" in tip
