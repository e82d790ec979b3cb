"""Storage accounts as the console reads them: one, or all that one sees, how much lies there, what was not measured."""

from collections.abc import Sequence

from desktop.core.client import Client
from desktop.core.companies import all_companies
from server.contract.company import Company
from server.contract.storage import Destination, StorageAccount, TestResult, Usage, Usages

Found = tuple[StorageAccount, Usages, list[Company]]
"""An account, what lay in it over time, and all companies that one sees."""

MOST = 12
"""Accounts whose usage is asked for, those with the most in them: each is a call."""


def read(client: Client, account: str) -> Found:
    """Read one account and what is shown with it; blocks."""
    return client.storage_account(account), client.storage_usage(account), all_companies(client)


def everything(client: Client) -> list[StorageAccount]:
    """Read all accounts that one may see, there are never many; blocks."""
    found, cursor = list[StorageAccount](), ""
    while True:
        page = client.storage_accounts({"limit": "100", **({"cursor": cursor} if cursor else {})})
        found += page.items
        if not page.next:
            return sorted(found, key=lambda one: one.name.casefold())
        cursor = page.next


def failed_in(account: StorageAccount) -> Destination | None:
    """Return the destination whose last measurement failed; the first one where several did."""
    return next((each for each in account.destinations if each.failure is not None), None)


def failure_of(account: StorageAccount) -> TestResult | None:
    """Return why it failed."""
    return failed.failure if (failed := failed_in(account)) is not None else None


def usage_of(client: Client, accounts: Sequence[StorageAccount]) -> list[Usage]:
    """Read what lay in all of these together, a point a day; blocks."""
    measured = sorted((each for each in accounts if each.measured_at), key=lambda one: one.bytes or 0, reverse=True)
    return summed([client.storage_usage(each.id).items for each in measured[:MOST]])


def summed(series: Sequence[Sequence[Usage]]) -> list[Usage]:
    """Add up what was measured at different times: of each the last that is known counts, a point a day."""
    points = sorted(((each.at, place, each) for place, one in enumerate(series) for each in one), key=lambda it: it[:2])
    last: dict[int, Usage] = {}
    days: dict[object, Usage] = {}
    for at, place, each in points:
        last[place] = each
        whole = Usage(
            at=at, bytes=sum(it.bytes for it in last.values()), objects=sum(it.objects for it in last.values())
        )
        days[at.astimezone().date()] = whole
    return list(days.values())
