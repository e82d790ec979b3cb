"""Storage accounts in a table: what is told of each, and how they are searched."""

from desktop.core import clock, moments
from desktop.core.sizes import used
from desktop.core.storage import advice_for, problem_of, service_name, service_of
from desktop.core.stored import failure_of
from desktop.core.words import n, t
from desktop.models.table import Column
from desktop.widgets.chip import Mark
from desktop.widgets.text import plain_tip
from server.contract.storage import StorageAccount


def columns() -> list[Column[StorageAccount]]:
    """Return the columns; the last one has a chip for every state but the usual one."""
    return [
        Column(t("console.storage.name"), _name, share=35, look="strong", tip=lambda one: plain_tip(one.name)),
        Column(t("console.storage.kind"), kind_in_words, share=34, tip=_where, folds=1),
        Column(
            t("console.storage.destinations"),
            lambda one: f"{len(one.destinations):,}",
            share=28,
            tip=lambda one: plain_tip(", ".join(each.name for each in one.destinations)),
            folds=3,
        ),
        Column(
            t("console.storage.used"),
            lambda one: used(one.bytes, one.objects),
            share=46,
            tip=lambda one: plain_tip(used(one.bytes, one.objects)),
            folds=2,
        ),
        Column(t("console.storage.measured"), _state_words, share=57, tip=_state_tip, mark=state_of),
    ]


def sought(accounts: list[StorageAccount], words: str) -> list[StorageAccount]:
    """Return those in whose name, service or destinations the words are."""
    words = words.casefold()
    return [each for each in accounts if words in _text_of(each).casefold()]


def kind_in_words(account: StorageAccount) -> str:
    """Return the service's name."""
    return service_name(service_of(account))


def address_of(account: StorageAccount) -> str:
    """Return where it is, as far as its settings tell."""
    settings = account.settings
    return next((settings[key] for key in ("endpoint", "host", "path", "region", "account") if settings.get(key)), "")


def state_of(account: StorageAccount) -> Mark | str:
    """Return the chip of its state, or when it was measured, where that is all there is to say."""
    if account.measuring is not None:
        return Mark(n("console.storage.measuring", account.measuring.objects), "accent")
    if (failure := failure_of(account)) is not None:
        return Mark(t("console.storage.failed", why=problem_of(failure)), "bad")
    if not account.destinations:
        return Mark(t("console.storage.no_destination"), "waiting")
    if account.measured_at is None:
        return Mark(t("console.storage.not_measured"), "off")
    return moments.ago(account.measured_at, clock.now())


def _name(account: StorageAccount) -> str:
    return account.name


def _where(account: StorageAccount) -> str:
    return plain_tip(" · ".join(filter(None, (kind_in_words(account), address_of(account)))))


def _text_of(account: StorageAccount) -> str:
    places = [f"{each.name}\n{each.place}" for each in account.destinations]
    return "\n".join((account.name, kind_in_words(account), address_of(account), *places))


def _state_words(account: StorageAccount) -> str:
    state = state_of(account)
    return state.text if isinstance(state, Mark) else state


def _state_tip(account: StorageAccount) -> str:
    if account.measuring is None and (failure := failure_of(account)) is not None:
        return plain_tip(advice_for(failure, account.kind))
    if not account.destinations:
        return plain_tip(t("console.storage.no_destination_tip"))
    return moments.utc(account.measured_at) if account.measured_at else plain_tip(_state_words(account))
