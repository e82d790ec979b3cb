"""Managed backup users in a table: what is told of each, and the chip of their state."""

from collections.abc import Callable

from desktop.core import clock, moments
from desktop.core.deletions import story_of, word_of
from desktop.core.sizes import size
from desktop.core.words import n, t
from desktop.models.table import Column
from desktop.widgets.chip import Mark
from desktop.widgets.text import plain_tip
from server.contract.deletion import DeletionStatus
from server.contract.user import User, UserStatus


def columns(pending: Callable[[User], bool]) -> list[Column[User]]:
    """Return the columns; `pending` tells whether a request to delete a user waits."""

    def mark(user: User) -> Mark:
        return mark_of(user, pending=pending(user))

    return [
        Column(t("console.users.name"), lambda one: one.name, "name", 14, "strong", lambda one: plain_tip(one.name)),
        Column(
            t("console.email"),
            lambda one: one.username,
            "username",
            30,
            tip=lambda one: plain_tip(one.username),
        ),
        Column(
            t("console.users.company"),
            lambda one: one.company_name or "",
            "company",
            11,
            tip=lambda one: plain_tip(one.company_name or ""),
            folds=2,
        ),
        Column(t("console.users.status"), lambda one: mark(one).text, "status", 27, tip=_story, mark=mark),
        Column(
            t("console.users.destination"),
            lambda one: one.destination_name or "",
            share=15,
            tip=lambda one: plain_tip(place_in_words(one)),
            folds=3,
        ),
        Column(t("console.users.used"), used_of, "bytes", 16, tip=_measured, folds=1),
        Column(
            t("console.users.created"),
            lambda one: moments.date(one.created_at),
            "created_at",
            15,
            "muted",
            lambda one: moments.utc(one.created_at),
            folds=4,
        ),
    ]


def mark_of(user: User, *, pending: bool) -> Mark:
    """Return the chip of a user: what waits for an answer first, then what becomes of the user."""
    deletion = user.deletion
    if user.status is UserStatus.HELD:
        return Mark(*word_of(deletion, clock.now())) if deletion else Mark(t("console.users.held"), "waiting")
    if pending:
        return Mark(t("console.users.deletion_pending"), "waiting")
    if deletion is not None and deletion.status is DeletionStatus.FAILED:
        return Mark(t("console.users.deletion_failed"), "bad")
    if not user.enabled:
        return Mark(t("console.users.disabled"), "off")
    return Mark(t("console.users.active"), "good")


def used_of(user: User) -> str:
    """Return such as `12.4 GB of 50 GB`; without a measurement, only what may be stored."""
    return of_limit(user.bytes, user.storage_limit)


def of_limit(count: int | None, limit: int | None) -> str:
    """Return such as `12.4 GB of 50 GB`, a part of it where the rest is not known."""
    if limit is None:
        return "" if count is None else size(count)
    if count is None:
        return t("console.users.limit_alone", limit=size(limit))
    return t("console.users.used_of", used=size(count), limit=size(limit))


def is_told(user: User) -> bool:
    """Tell whether the user's last deletion is one that has to be known of: it is on its way, or it failed."""
    deletion = user.deletion
    return deletion is not None and (user.status is UserStatus.HELD or deletion.status is DeletionStatus.FAILED)


def place_in_words(user: User) -> str:
    """Return the destination with the folder in it."""
    return " / ".join(filter(None, (user.destination_name, user.folder)))


def is_over(user: User) -> bool:
    """Tell whether more is stored than may be."""
    return user.bytes is not None and user.storage_limit is not None and user.bytes > user.storage_limit


def measured_in_words(user: User) -> str:
    """Say how much is stored, and since when that is known."""
    if user.destination is None:
        return t("console.users.no_destination")
    if user.bytes is None or user.measured_at is None:
        return t("console.users.never_measured")
    much = " · ".join((size(user.bytes), n("console.storage.objects", user.objects or 0)))
    return t("console.users.measured", much=much, time=moments.in_sentence(user.measured_at, clock.now()))


def _measured(user: User) -> str:
    over = t("console.users.over_limit") if is_over(user) else ""
    return plain_tip(" ".join(filter(None, (measured_in_words(user), over))))


def _story(user: User) -> str:
    return plain_tip(story_of(user.deletion, clock.now())) if user.deletion and is_told(user) else ""
