"""A storage account as it was filled in: what will be made of it, in words, and then for real."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TypeGuard

from desktop.core.client import Client
from desktop.core.storage import (
    SECRETS,
    SETTINGS,
    Service,
    advice_for,
    kind_of,
    label_of,
    noun_of,
    service_name,
)
from desktop.core.words import n, t
from desktop.widgets.facts import Fact
from server.contract.problem import Problem
from server.contract.storage import (
    NewDestination,
    NewPlace,
    NewStorageAccount,
    StorageAccount,
    StorageKind,
    TestResult,
    fingerprint,
)

REFUSED = 422


@dataclass
class Making:
    """How far it has come: what is made is not made again when the rest is tried once more."""

    account: StorageAccount | None = None
    place: str = ""


@dataclass(frozen=True)
class Draft:
    """`place` is where its first destination lies, `new` the part of it that must be made, `companies` are ids."""

    service: Service
    name: str
    settings: dict[str, str]
    place: str
    called: str
    new: str
    companies: list[str]

    def facts(self, names: Mapping[str, str]) -> list[Fact]:
        """Return all of it to look over, with the `names` of companies; of secrets only that they were typed."""
        service, settings = self.service, self.settings
        asked = [each.name for each in SETTINGS[service]]
        companies = [names.get(each, each) for each in self.companies]
        facts = [(t("console.storage.account_name"), self.name), (t("console.storage.kind"), service_name(service))]
        facts += [(label_of(name), settings.get(name, "")) for name in asked if name not in SECRETS]
        facts += [(label_of(name), t("console.storage.typed")) for name in asked if name in SECRETS & settings.keys()]
        if key := settings.get("host_key"):
            facts.append((label_of("host_key"), fingerprint(key)))
        called = self.called if self.called == self.place else f"{self.called} · {self.place}"
        facts.append((t("console.storage.destination"), called))
        facts.append((t("console.storage.companies_label"), ", ".join(companies) or t("console.storage.for_nobody")))
        return facts

    def plan(self, making: Making) -> list[str]:
        """Return in sentences what will happen; what is done already is not said again."""
        steps = []
        if making.account is None:
            secret = bool(SECRETS & self.settings.keys())
            steps.append(t("console.storage.plan.account" if secret else "console.storage.plan.account_open"))
        if self.new and self.new != making.place:
            noun = noun_of(kind_of(self.service))
            steps.append(t("console.storage.plan.place", noun=noun, name=self.new))
        if self.companies:
            steps.append(n("console.storage.plan.companies", len(self.companies), name=self.called))
        else:
            steps.append(t("console.storage.plan.nobody", name=self.called))
        steps.append(t("console.storage.plan.measure"))
        return steps


def make(client: Client, making: Making, draft: Draft) -> StorageAccount:
    """Make what is not there yet, one after the other; that it cannot be measured now is no reason to fail."""
    if making.account is None:
        account = NewStorageAccount(name=draft.name, kind=kind_of(draft.service), settings=draft.settings)
        making.account = client.add_storage_account(account)
    one = making.account.id
    if draft.new and making.place != draft.new:
        client.make_place(one, NewPlace(name=draft.new))
        making.place = draft.new
    made = client.add_destination(one, NewDestination(name=draft.called, place=draft.place, companies=draft.companies))
    try:
        return client.measure_storage(one)
    except Problem:
        return made


def is_refused(error: Exception) -> TypeGuard[Problem]:
    """Whether something that was filled in is not as it must be."""
    return isinstance(error, Problem) and error.status == REFUSED


def reason(error: Problem, kind: StorageKind) -> str:
    """Return what to do where a service has refused, as it is said everywhere."""
    result = error.members.get("result")
    return advice_for(TestResult(result), kind) if result in set(TestResult) else ""
