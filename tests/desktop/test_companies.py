"""The companies page against the real server."""

from collections.abc import Callable

import pytest

from tests.desktop.hand import Hand
from tests.living import LivingServer, TestConsole

Open = Callable[..., Hand]


@pytest.fixture
def at_companies(server: LivingServer, open_console: Open) -> tuple[Hand, TestConsole]:
    """A console at the page, with the first company's form open."""
    script = server.set_up()
    hand = open_console(url=server.url)
    hand.sign_in()
    hand.click("nav.companies")
    hand.click("companies.empty.add")
    return hand, script


def test_companies_are_added_and_renamed(at_companies: tuple[Hand, TestConsole]) -> None:
    hand, script = at_companies
    hand.click("company_form.save")
    assert hand.fault("company_form.name")
    hand.type("company_form.name", "Contoso")
    hand.click("company_form.save")
    hand.wait(lambda: hand.column("companies.table") == ["Contoso"], "the company")
    hand.reads("companies.facts", "1 company")
    hand.click("companies.add")
    hand.type("company_form.name", "CONTOSO")
    hand.click("company_form.save")
    hand.reads("company_form.name.fault", "exists")
    hand.type("company_form.name", "Fabrikam")
    hand.click("company_form.save")
    hand.reads("companies.selected", "Fabrikam")
    hand.click("companies.edit")
    hand.type("company_form.name", "Fabrikam Limited")
    hand.click("company_form.save")
    hand.reads("companies.selected", "Fabrikam Limited")
    hand.reads("toast.text", "Fabrikam Limited")
    assert [each["event"] for each in script.audit(event="company:changed")] == ["company:changed"]


def test_the_number_of_users_is_live_and_leads_to_them(at_companies: tuple[Hand, TestConsole]) -> None:
    hand, script = at_companies
    hand.type("company_form.name", "Contoso")
    hand.click("company_form.save")
    hand.select("companies.table", "Contoso")
    company = script.call("GET", "/companies")["items"][0]["id"]
    script.user("mia.brandt@contoso.example", company=company)
    script.user("julia.meier@fabrikam.example")
    hand.wait(lambda: hand.column("companies.table", 1) == ["1"], "the number")
    hand.click("companies.users")
    hand.wait(lambda: hand.column("users.table", 1) == ["mia.brandt@contoso.example"], "the company's users")


def test_the_search_is_the_servers(at_companies: tuple[Hand, TestConsole]) -> None:
    hand, script = at_companies
    hand.click("company_form.cancel")
    for name in ("Contoso", "Fabrikam"):
        script.call("POST", "/companies", {"name": name})
    hand.wait(lambda: hand.column("companies.table") == ["Contoso", "Fabrikam"], "the companies")
    hand.type("companies.search", "FABRI")
    hand.wait(lambda: hand.column("companies.table") == ["Fabrikam"], "what was searched for")
    hand.type("companies.search", "nobody like this")
    hand.see("companies.empty")
