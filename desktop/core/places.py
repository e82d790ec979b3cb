"""Destinations as they are chosen from: each with its account, and the companies that may use it."""

from collections.abc import Sequence
from dataclasses import dataclass

from desktop.core.client import Client
from desktop.core.stored import everything
from desktop.core.words import t


@dataclass(frozen=True)
class Place:
    """One destination."""

    id: str
    name: str
    account: str
    companies: frozenset[str]

    @property
    def words(self) -> str:
        """Its name with the account's."""
        return in_words(self.name, self.account)


def in_words(name: str, account: str) -> str:
    """Return the name of a destination with its account's, since two may be called alike."""
    return t("console.place.of", name=name, account=account)


def all_places(client: Client) -> list[Place]:
    """Read all destinations that one may see, in the order of their names; blocks."""
    found = [
        Place(each.id, each.name, account.name, frozenset(each.companies))
        for account in everything(client)
        for each in account.destinations
    ]
    return sorted(found, key=lambda place: place.words.casefold())


def usable(places: Sequence[Place], company: str | None, *, sees_all: bool) -> list[Place]:
    """Return those that a user of this company may have; one without a company only from who sees all of them."""
    if company is None:
        return list(places) if sees_all else []
    return [each for each in places if company in each.companies]
