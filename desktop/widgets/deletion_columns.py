"""Deletions in a table: whose, what, how it stands, when, how much of it is gone, and by whom."""

from desktop.core import clock, moments
from desktop.core.deletions import mode_of, place_of, story_of, when_of, word_of
from desktop.core.words import t
from desktop.models.table import Column
from desktop.widgets.chip import Mark
from desktop.widgets.text import plain_tip
from server.contract.deletion import Deletion


def columns() -> list[Column[Deletion]]:
    """Return the columns."""
    return [
        Column(
            t("console.deletions.user"),
            lambda one: one.username,
            share=29,
            look="strong",
            tip=lambda one: plain_tip(one.username),
        ),
        Column(t("console.deletions.mode"), mode_of, share=17, tip=lambda one: plain_tip(_what(one)), folds=1),
        Column(
            t("console.users.status"),
            lambda one: mark_of(one).text,
            share=29,
            mark=mark_of,
            tip=_state,
        ),
        Column(
            t("console.deletions.when"),
            lambda one: moments.when(when_of(one), clock.now()),
            share=16,
            look="muted",
            tip=_when,
        ),
        Column(t("console.deletions.gone"), _gone, share=20, tip=lambda one: plain_tip(_gone(one)), folds=2),
        Column(
            t("console.deletions.by"),
            lambda one: one.asked_by,
            share=14,
            tip=lambda one: plain_tip(one.asked_by),
            folds=3,
        ),
    ]


def mark_of(deletion: Deletion) -> Mark:
    """Return the chip of its state."""
    return Mark(*word_of(deletion, clock.now()))


def _gone(deletion: Deletion) -> str:
    if deletion.started_at is None:
        return ""
    if deletion.objects is None:
        return f"{deletion.deleted:,}"
    return t("console.deletions.of", deleted=f"{deletion.deleted:,}", objects=f"{deletion.objects:,}")


def _when(deletion: Deletion) -> str:
    key = "console.deletions.due_at" if deletion.ended_at is None else "console.deletions.ended_at"
    return t(key, time=moments.utc(when_of(deletion)))


def _what(deletion: Deletion) -> str:
    return " · ".join(filter(None, (mode_of(deletion), deletion.storage_account_name or "", place_of(deletion))))


def _state(deletion: Deletion) -> str:
    return plain_tip(story_of(deletion, clock.now()))
