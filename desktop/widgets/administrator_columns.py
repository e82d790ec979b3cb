"""Administrators in a table: what is told of each, how they are searched and put in order."""

from collections.abc import Callable, Mapping

from desktop.core import clock, moments
from desktop.core.client import Client
from desktop.core.rights import companies_of, sees_all
from desktop.core.words import n, t
from desktop.models.table import Column
from desktop.widgets.chip import Mark
from desktop.widgets.text import plain_tip
from server.contract.administrator import Administrator

Names = Mapping[str, str]
"""The names of companies by their ids."""


def columns(names: Callable[[], Names], mark: Callable[[Administrator], Mark]) -> list[Column[Administrator]]:
    """Return the columns; `mark` is the chip of an account's state."""

    def scope(account: Administrator) -> str:
        return scope_of(account, names())

    return [
        Column(t("console.administrators.name"), lambda one: one.name, "name", 18, "strong", _who),
        Column(t("console.username"), _username, "username", 16, tip=lambda one: plain_tip(one.username), folds=3),
        Column(t("console.administrators.role"), _role, "role", 20, tip=_role, folds=2),
        Column(
            t("console.administrators.companies"),
            scope,
            "",
            17,
            tip=lambda one: plain_tip(", ".join(companies_of(one, names())) or scope(one)),
            folds=1,
        ),
        Column(t("console.administrators.two_factor"), _two_factor_word, "two_factor", 13, mark=_two_factor),
        Column(t("console.administrators.state"), lambda one: mark(one).text, "state", 20, tip=_until, mark=mark),
    ]


def everybody(client: Client) -> list[Administrator]:
    """Read all that one may see, there are never many; blocks."""
    found, cursor = list[Administrator](), ""
    while True:
        page = client.administrators({"limit": "100", **({"cursor": cursor} if cursor else {})})
        found += page.items
        if not page.next:
            return found
        cursor = page.next


def sought(accounts: list[Administrator], words: str, sort: str, *, falling: bool) -> list[Administrator]:
    """Return those in whose names or address the words are, in order; what is equal goes by its name."""
    words = words.casefold()
    found = [each for each in accounts if words in f"{each.name}\n{each.username}\n{each.email}".casefold()]
    found.sort(key=lambda each: each.name.casefold())
    return sorted(found, key=lambda each: _key(each, sort), reverse=falling)


def scope_of(account: Administrator, names: Names) -> str:
    """Return for which companies it is, in a few words."""
    if sees_all(account):
        return t("console.administrators.all_companies")
    held = companies_of(account, names)
    return held[0] if len(held) == 1 and names else n("console.administrators.some_companies", len(held))


def state_of(account: Administrator) -> Mark:
    """Return the chip of an account: whether it can sign in, with what phone, and if not yet, whether it still may."""
    if not account.enabled:
        return Mark(t("console.administrators.disabled"), "off")
    if account.invited is None and account.phone_away:
        return Mark(t("console.administrators.phone_away"), "waiting")
    if account.invited is None:
        return Mark(t("console.administrators.enabled"), "good")
    open_still = account.invited > clock.now()
    return Mark(t("console.administrators.invited" if open_still else "console.administrators.lapsed"), "waiting")


def _who(account: Administrator) -> str:
    return plain_tip(" · ".join(dict.fromkeys((account.name, account.email))))


def _username(account: Administrator) -> str:
    return account.username


def _role(account: Administrator) -> str:
    return t(f"console.role.{account.role}")


def _two_factor(account: Administrator) -> Mark:
    return Mark(t("console.settings.on"), "good") if account.two_factor else Mark(t("console.settings.off"), "off")


def _two_factor_word(account: Administrator) -> str:
    return _two_factor(account).text


def _until(account: Administrator) -> str:
    until = account.invited
    return "" if until is None else t("console.administrators.until", time=moments.full(until))


def _key(account: Administrator, by: str) -> str:
    keys = {
        "username": account.username.casefold(),
        "role": account.role.value,
        "two_factor": str(account.two_factor),
        "state": state_of(account).text,
    }
    return keys.get(by, account.name.casefold())
