"""The first page against the real server: first steps tick themselves off, and everything leads somewhere."""

from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any, get_args

import pytest
from PySide6.QtWidgets import QPushButton, QWidget
from pytestqt.qtbot import QtBot

from desktop.core.client import Client
from desktop.core.outlook import Outlook, concerns_of, first_steps_of
from desktop.demo.phone import SoftwarePhone
from desktop.widgets.administrator_columns import state_of
from desktop.widgets.chart import top_of
from desktop.widgets.text import Text
from server.certificates import Why
from server.contract.health import Health, HealthWarning
from server.contract.overview import Overview
from server.contract.permission import Permission, Role
from server.contract.reach import Certificate, Reached, Refused
from server.store.trouble import Trouble
from tests.desktop.answers import NOW, Answers, World, reach
from tests.desktop.answers_of_governing import administrator, overview, policy
from tests.desktop.hand import Hand
from tests.desktop.scenes import Stage
from tests.living import LivingServer, TestConsole
from tests.server.reaching import COLLEAGUES_PASSWORD, invited
from tests.server.test_decisions import colleague_of

Open = Callable[..., Hand]
Guarded = tuple[Hand, SoftwarePhone, TestConsole]
MIA = "mia.brandt@contoso.example"


def said(hand: Hand, name: str) -> list[str]:
    """Return what all that is called so says."""
    return [each.text() for each in hand.window.findChildren(Text, name) if each.isVisible()]


def press(hand: Hand, name: str, of: str) -> None:
    """Press the button of the row that is about this."""

    def found() -> list[QPushButton]:
        made = hand.window.findChildren(QPushButton, name)
        return [each for each in made if each.isVisible() and of in each.accessibleName()]

    hand.wait(found, f"{name} of {of}")
    found()[0].click()


@pytest.fixture
def guarded(server: LivingServer, open_console: Open) -> Guarded:
    """A provider's console at the overview, the phone, and the same provider as a script."""
    script, phone = server.protected()
    hand = open_console(url=server.url)
    hand.sign_in()
    code = hand.text("waiting.code")
    assert phone.approve(phone.pending()[0].id, code) == "executed"
    hand.see("page.overview")
    return hand, phone, script


def test_first_steps_tick_themselves_off(server: LivingServer, open_console: Open) -> None:
    script = server.set_up()
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.reads("overview.steps.progress", "0 of 6")
    assert "Your account has no two-factor authentication" in said(hand, "overview.concern.title")
    press(hand, "overview.step.company.go", "company")
    hand.type("company_form.name", "Contoso")
    hand.click("company_form.save")
    hand.wait(lambda: hand.column("companies.table") == ["Contoso"], "the company")
    hand.click("nav.overview")
    hand.reads("overview.steps.progress", "1 of 6")
    script.user(MIA)
    hand.reads("overview.steps.progress", "2 of 6")
    hand.reads("overview.numbers.users.number", "1")
    press(hand, "overview.step.storage.go", "storage")
    hand.click("storage_add.cancel")
    hand.click("nav.overview")
    press(hand, "overview.concern.open", "two-factor")
    hand.see("enrolment")


def test_what_waits_stands_there_with_its_phone_until_it_is_decided(guarded: Guarded) -> None:
    hand, phone, script = guarded
    request = script.delete(script.user(MIA))
    hand.wait(lambda: said(hand, "overview.waiting.what") == [f"Delete user {MIA}"], "the request")
    assert said(hand, "overview.waiting.whom") == ["Your Pixel 9"]
    hand.reads("overview.facts", "1 request waits")
    hand.wait(lambda: "1:" in said(hand, "overview.waiting.left")[0], "the countdown")
    hand.click("overview.waiting.show")
    hand.see("confirmation")
    assert phone.approve(request["id"], request["code"]) == "executed"
    hand.see("overview.waits.nothing")
    hand.click("confirmation.close")
    hand.wait(lambda: int(hand.text("overview.chart.approved")) >= 2, "the chart")
    assert "approved" in hand.see("overview.chart").accessibleName()


def test_a_not_me_leads_to_its_request(guarded: Guarded) -> None:
    hand, phone, script = guarded
    request = script.delete(script.user(MIA))
    phone.reject(request["id"], "not_me")
    press(hand, "overview.concern.open", "Not me")
    hand.reads("approvals.details.title", MIA)
    hand.reads("approvals.details.status", "Rejected")


def test_a_colleagues_not_me_is_told_on_whatever_page_until_somebody_looks(guarded: Guarded) -> None:
    hand, phone, script = guarded
    hand.click("nav.companies")
    phone.reject(script.delete(script.user(MIA))["id"])
    theirs, colleague = colleague_of(script, phone)
    request = colleague.delete(script.user("julia.meier@contoso.example"))
    theirs.reject(request["id"], "not_me")
    hand.reads("banner.not_me.text", "jonas answered “Not me”. Delete user from 127.0.0.1")
    hand.click("banner.not_me.go")
    hand.reads("approvals.details.title", "julia.meier@contoso.example")
    hand.gone("banner.not_me")


def test_who_was_invited_is_waited_for(guarded: Guarded) -> None:
    hand, phone, script = guarded
    request = script.ask(
        "administrator.create", username="jonas.keller", email="jonas@northwind.example", role="sub_administrator"
    )
    phone.approve(request["id"], request["code"])
    hand.wait(lambda: said(hand, "overview.waiting.what") == ["Invitation of jonas.keller"], "the invitation")
    assert said(hand, "overview.waiting.left")[0].startswith(("6 d", "7 d 0 h"))
    hand.click("overview.waiting.show")
    hand.see("page.administrators")


def test_a_sub_administrator_sees_only_what_is_his(server: LivingServer, open_console: Open) -> None:
    script, phone = server.protected()
    company = script.call("POST", "/companies", {"name": "Contoso"})["id"]
    script.user(MIA)
    invited(script, phone, "jonas.keller", role="sub_administrator", companies=[company], permissions=["users.edit"])
    hand = open_console(url=server.url)
    hand.sign_in("jonas.keller", COLLEAGUES_PASSWORD)
    hand.click("enrolment.cancel")  # to which it leads first
    hand.click("nav.overview")
    hand.reads("overview.steps.progress", "0 of 2")
    hand.reads("overview.numbers.users.number", "0")
    assert not hand.seen("overview.numbers.administrators")
    for page, there in {
        "users": True,
        "companies": True,
        "approvals": True,
        "audit": False,
        "administrators": False,
    }.items():
        assert hand.seen(f"nav.{page}") is there, page
    hand.click("nav.settings")
    hand.see("settings.tab.server")
    assert not hand.seen("settings.tab.security_policy")
    assert not hand.seen("settings.tab.api_keys")


def test_a_permission_that_is_given_or_taken_changes_the_pages_at_once(
    server: LivingServer, open_console: Open
) -> None:
    script, phone = server.protected()
    invited(script, phone, "jonas.keller", role="sub_administrator", permissions=["users.edit"])
    hand = open_console(url=server.url)
    hand.sign_in("jonas.keller", COLLEAGUES_PASSWORD)
    hand.click("enrolment.cancel")  # to which it leads first
    hand.click("nav.overview")
    hand.see("page.overview")
    assert not hand.seen("nav.audit")
    account = next(
        each for each in script.call("GET", "/administrators")["items"] if each["username"] == "jonas.keller"
    )
    rights = {"administrator": account["id"], "role": "sub_administrator", "companies": None}
    for permissions in (["users.edit", "audit.view"], ["users.edit"]):
        request = script.ask("administrator.set_permissions", **rights, permissions=permissions)
        assert phone.approve(request["id"], request["code"]) == "executed"
        hand.see("nav.audit") if "audit.view" in permissions else hand.gone("nav.audit")


def outlook(world: World | None = None, **more: Any) -> Outlook:
    """Return how things stand for a provider, all well."""
    me = (world or World()).me
    values: dict[str, Any] = {"me": me, "now": NOW, "overview": overview(phones_away=0), "policy": policy()}
    return Outlook(**(values | more))


def concerns(seen: Outlook) -> dict[str, str]:
    """Return the titles with the places that they lead to."""
    return {each.title: each.place for each in concerns_of(seen, None)}


def test_a_certificate_that_nobody_renews_is_told_of_in_time() -> None:
    soon = reach(on=True).certificate
    assert soon is not None
    ending = soon.model_copy(update={"expires_at": NOW + timedelta(days=20), "renews_at": None})
    assert list(concerns(outlook(reach=reach(on=True, certificate=ending))).values()) == ["settings.server"]
    renewed = ending.model_copy(update={"renews_at": NOW + timedelta(days=1)})
    assert not concerns(outlook(reach=reach(on=True, certificate=renewed)))
    over = ending.model_copy(update={"expires_at": NOW - timedelta(days=1)})
    [concern] = concerns_of(outlook(reach=reach(on=True, certificate=over)), None)
    assert concern.tone == "bad"


@pytest.mark.parametrize("code", [*HealthWarning, *Trouble])
def test_whatever_the_server_warns_of_is_told_in_words(code: str) -> None:
    told = Health(status="degraded", version="1", setup_done=True, details={"warnings": [code]})
    [concern] = concerns_of(outlook(health=told), None)
    assert len(concern.text.split()) > 5, "words, and not the code"
    assert concern.place == "settings.server"


def test_which_certificate_is_lost_is_said_and_that_one_ends_is_said_once() -> None:
    fault = "/srv/c.pem is missing; put it back, or choose another one"
    codes = [HealthWarning.CERTIFICATE_UNREADABLE, HealthWarning.CERTIFICATE_ENDS_SOON]
    told = Health(status="degraded", version="1", setup_done=True, details={"warnings": codes})
    ending = Certificate(names=["nw"], expires_at=NOW + timedelta(days=3), renews_at=None, file="/srv/c.pem")
    lost, ends = concerns_of(outlook(health=told, reach=reach(on=True, certificate=ending, fault=fault)), None)
    assert lost.text.startswith(fault)
    assert ends.title.startswith("The server’s certificate ends on")


def test_a_colleague_whose_phone_is_not_heard_of_is_named() -> None:
    colleagues = tuple(
        administrator(username, name, phone_away=True)
        for username, name in (("jonas", "Jonas Weber"), ("mia", "Mia Chen"))
    )
    [one] = concerns_of(outlook(administrators=colleagues[:1]), None)
    assert (one.title, one.place) == ("The phone of Jonas Weber has not been seen for a week", "administrators")
    [both] = concerns_of(outlook(administrators=colleagues), None)
    assert both.text.startswith("Jonas Weber, Mia Chen. What waits there")
    assert state_of(colleagues[0]).text == "Phone not seen"


def test_a_phone_that_does_not_trust_the_certificate_is_told_of_until_one_gets_through() -> None:
    refused = Refused(at=NOW - timedelta(hours=2), why="untrusted", name="nw-server.local")
    none = reach(on=True, refused=refused, reached=None)
    assert list(concerns(outlook(reach=none)).values()) == ["settings.server#reach"]
    through = Reached(ip="192.168.1.23", at=NOW - timedelta(hours=1), application="Chrome 156")
    assert not concerns(outlook(reach=reach(on=True, refused=refused, reached=through)))


def test_every_reason_to_refuse_a_phone_is_told_in_words_or_by_the_servers_warnings() -> None:
    told = []
    for why in get_args(Why):
        refused = Refused(at=NOW - timedelta(hours=2), why=why, name="nw-server.local")
        found = concerns_of(outlook(reach=reach(on=True, refused=refused, reached=None)), None)
        told += [each.title for each in found if each.place == "settings.server#reach"]
    assert len(set(told)) == 3
    assert all(" " in each for each in told), "words, and not their key"


def test_others_without_two_factor_are_named_with_what_policy_makes_of_it() -> None:
    bare = (administrator("tom.ives", "Tom Ives", two_factor=False), administrator("lena", "Lena F", two_factor=False))
    [concern] = concerns_of(outlook(administrators=bare), None)
    assert concern.title == "2 administrators have no two-factor authentication"
    assert concern.text == "Tom Ives, Lena F. Without it, protected actions are refused."
    forced = policy(two_factor_from=NOW + timedelta(days=9))
    [concern] = concerns_of(outlook(administrators=bare, policy=forced), None)
    assert "From" in concern.text
    nobody = World(protected=False)
    assert len(concerns_of(outlook(nobody, administrators=bare), None)) == 1, "it is said of the own account alone"


def test_an_invitation_that_has_expired_needs_attention() -> None:
    late = administrator("marta", "Marta", two_factor=False, invited=NOW - timedelta(minutes=1))
    assert concerns(outlook(administrators=(late,))) == {"The invitation of Marta has expired": "administrators"}


def test_a_grace_that_is_over_is_worse_than_one_that_runs() -> None:
    for by, tone in (
        (NOW + timedelta(days=3), "bad"),
        (datetime.now(UTC) - timedelta(days=1), "bad"),
        (None, "waiting"),
    ):
        world = World(protected=False, account={"must_enrol_by": by})
        [concern] = concerns_of(outlook(world), None)
        assert (concern.tone, concern.place) == (tone, "settings.general#enrol")


def test_what_is_forced_from_a_time_on_is_told_so_once_that_is_over(qtbot: QtBot, stage: Stage) -> None:
    stage.world.colleagues = [administrator("marta", "Marta", two_factor=False)]
    stage.world.policy = policy(two_factor_from=datetime.now(UTC) + timedelta(seconds=2))
    stage.shell("overview")

    def told() -> list[str]:
        return [each.text() for each in stage.window.findChildren(Text, "overview.concern.text") if each.isVisible()]

    assert any(text.startswith("From ") for text in told())
    qtbot.waitUntil(lambda: "Nothing else can be done until it is on." in told(), timeout=10_000)


def test_an_account_with_no_way_back_is_not_well() -> None:
    """Neither without a phone, nor without codes that somebody has kept, though no colleague and no server errs."""
    saved = {"recovery_codes_left": 10, "recovery_codes_made_at": NOW, "recovery_codes_saved_at": NOW}
    own = Answers(World()).two_factor().model_copy(update=saved)

    def titles(**more: Any) -> list[str]:
        return [each.title for each in concerns_of(outlook(), own.model_copy(update=more))]

    assert titles() == []
    assert titles(device=None) == ["Your account has no phone"]
    assert titles(recovery_codes_saved_at=None) == ["Your recovery codes are not saved"]
    assert titles(recovery_codes_left=2) == ["Your recovery codes are running out"]
    assert titles(recovery_codes_left=0) == ["You have no recovery codes"]


def test_nobody_is_sent_where_he_may_not_go() -> None:
    account = {"role": Role.SUB_ADMINISTRATOR, "companies": ["cmp_1"], "permissions": [Permission.COMPANIES_EDIT]}
    seen = outlook(World(account=account), overview=overview(administrators=None))
    assert [step.name for step in first_steps_of(seen)] == ["two_factor"], "a new company would lie outside of his"


def test_what_was_cancelled_or_void_is_not_called_expired(stage: Stage) -> None:
    stage.shell("overview")
    chart = stage.find("overview.chart", QWidget)
    assert "Not answered or withdrawn" in [each.text() for each in chart.findChildren(Text)]
    assert "expired" not in chart.accessibleName() + chart.accessibleDescription()


def test_a_chart_goes_up_to_a_round_even_number() -> None:
    assert [top_of(most) for most in (0, 1, 3, 7, 13, 20, 21, 199, 201)] == [2, 2, 4, 8, 16, 20, 40, 200, 400]


def test_a_reload_keeps_the_focus(guarded: Guarded) -> None:
    hand, _, script = guarded
    script.delete(script.user(MIA))
    hand.see("overview.waiting.show").setFocus()
    words = hand.see("overview.waiting.show").accessibleName()
    script.delete(script.user("julia.meier@contoso.example"))
    hand.wait(lambda: len(said(hand, "overview.waiting.what")) == 2, "the other request")
    focus = hand.window.focusWidget()
    assert isinstance(focus, QWidget)
    assert focus.accessibleName() == words


def test_it_is_read_once_more_however_often_it_is_asked_meanwhile(
    guarded: Guarded, monkeypatch: pytest.MonkeyPatch
) -> None:
    hand, _, _ = guarded
    hand.wait(lambda: hand.console.tasks.idle, "the first reading")
    reading = Counter[str]()
    ask = Client.overview

    def counted(client: Client) -> Overview:
        reading["calls"] += 1
        return ask(client)

    monkeypatch.setattr(Client, "overview", counted)
    page = hand.see("page.overview")
    for _ in range(20):
        page.reload()
    hand.wait(lambda: reading["calls"] == 2, "the second reading")
    hand.wait(lambda: hand.console.tasks.idle, "its end")
    assert reading["calls"] == 2
