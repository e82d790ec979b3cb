"""Deletions in words: how far one is, what it waits for, how it ended, and what has become of the user."""

from datetime import datetime, timedelta

from desktop.core import moments
from desktop.core.sizes import size
from desktop.core.storage import problem_of
from desktop.core.words import known, n, t
from server.contract.deletion import Deletion, DeletionInShort, DeletionMode, DeletionStatus

ENDED = frozenset({DeletionStatus.DONE, DeletionStatus.STOPPED, DeletionStatus.FAILED, DeletionStatus.CALLED_OFF})
TONES = {
    DeletionStatus.DONE: "good",
    DeletionStatus.FAILED: "bad",
    DeletionStatus.STOPPED: "off",
    DeletionStatus.CALLED_OFF: "off",
}
_MINUTE, _HOUR = timedelta(minutes=1), timedelta(hours=1)

AnyDeletion = Deletion | DeletionInShort


def left_until(moment: datetime, now: datetime) -> str:
    """Return such as `71 h 59 min`, nothing once it is over."""
    left = moment - now
    if left <= timedelta(0):
        return ""
    if left < _MINUTE:
        return t("console.time.seconds")
    hours, minutes = left // _HOUR, left // _MINUTE % 60
    return t("console.time.hours" if hours else "console.time.minutes", hours=hours, minutes=minutes)


def share_of(deletion: AnyDeletion) -> float | None:
    """Return how much of what was found is deleted, 0 to 1; null where that is not known yet."""
    if deletion.status is not DeletionStatus.RUNNING or not deletion.objects:
        return None
    return min(1.0, deletion.deleted / deletion.objects)


def word_of(deletion: AnyDeletion, now: datetime) -> tuple[str, str]:
    """Return a chip's words and tone: a clock while it is held, the share while it runs, else how it ended."""
    late = t("console.deletions.mark.late") if deletion.late else ""
    if deletion.status is DeletionStatus.HELD:
        left = left_until(deletion.due_at, now)
        key = "data_in" if deletion.mode is DeletionMode.DATA_ONLY else "user_in"
        return t(f"console.deletions.mark.{key}", time=left) if left else t("console.deletions.mark.due"), "waiting"
    if deletion.status is DeletionStatus.RUNNING:
        if deletion.trouble is not None:
            return t("console.deletions.mark.waits", why=problem_of(deletion.trouble)), "bad"
        share = share_of(deletion)
        known = t("console.deletions.mark.share", share=percent(share)) if share is not None else ""
        return (known or t("console.deletions.mark.running")) + late, "accent"
    return t(f"console.deletions.status.{deletion.status}") + late, TONES[deletion.status]


def percent(share: float) -> str:
    """Return such as `42 %`; all of it only once it is."""
    return t("console.deletions.percent", count=int(share * 100))


def progress_of(deletion: AnyDeletion) -> str:
    """Return such as `1,204 of 48,120 objects`; before anything was counted, nothing."""
    if deletion.objects is None:
        return ""
    return t(
        "console.deletions.progress",
        deleted=f"{deletion.deleted:,}",
        objects=n("console.storage.objects", deletion.objects),
    )


def mode_of(deletion: AnyDeletion) -> str:
    """Return what is deleted, in a few words."""
    return t(f"console.deletions.mode.{deletion.mode}")


def place_of(deletion: Deletion) -> str:
    """Return where the data lay; nothing where there was none."""
    return f"{deletion.place}/{deletion.folder}" if deletion.place and deletion.folder else deletion.place or ""


def names_of(deletion: Deletion) -> list[str]:
    """Return what stayed, with what is not seen in a name written out: none passes for two, or for another."""
    return ["".join(map(_written_out, name)) for name in deletion.failures]


def _written_out(letter: str) -> str:
    return letter if letter.isprintable() else letter.encode("unicode_escape").decode()


def when_of(deletion: Deletion) -> datetime:
    """Return the time that matters: when it ended, or when it was or is due."""
    return deletion.ended_at or deletion.due_at


def story_of(deletion: AnyDeletion, now: datetime) -> str:
    """Say in a sentence how it stands, as far as a user's row can tell."""
    if deletion.status is DeletionStatus.HELD:
        left = left_until(deletion.due_at, now)
        key = "data_held" if deletion.mode is DeletionMode.DATA_ONLY else "user_held"
        return (
            t(f"console.deletions.story.{key}", time=moments.until(deletion.due_at), left=left)
            if left
            else t("console.deletions.story.due")
        )
    if deletion.status is DeletionStatus.RUNNING:
        if deletion.trouble is not None:
            told = t(f"console.deletions.trouble.{deletion.trouble}")
        else:
            told = progress_of(deletion) or t("console.deletions.story.counting")
        return f"{told} {t('console.deletions.story.late')}" if deletion.late else told
    if deletion.why is not None:
        general = t(f"console.deletions.why.{deletion.why}")
        return known(f"console.deletions.why.{deletion.why}.{deletion.trouble}", general)
    return t(f"console.deletions.story.{deletion.status}")


def found_of(deletion: Deletion) -> str:
    """Return how much there was to delete."""
    if deletion.bytes is None:
        return t("console.deletions.never_measured") if deletion.place else t("console.deletions.no_data")
    return " · ".join((size(deletion.bytes), n("console.storage.objects", deletion.objects or 0)))
