"""What people type is what others see, nothing in it drawn as nothing; and what they are told is true of all it is for.

A name has no twin that looks the same.
"""

import json

import pytest

import resources
from server.contract.message import visible
from server.contract.notice import NoticeKind

SEEN = [
    "Zoë Okafor",
    "größe 5 €",
    "שלום",
    "日本語",
    "❤\ufe0f Contoso",
    "☎\ufe0f",
    "Contoso & Sons (UK)",
    "Vie\u0323\u0302t",
    "လျှို့ဝှက်",
    "ဖြိုး",
]
UNSEEN = [
    "\u0000", "\u00ad", "\u034f", "\u115f", "\u17b4", "\u180b", "\u200b", "\u202e", "\u2028", "\u2065", "\u2800",
    "\u3164", "\ufe00", "\ufe0f", "\ufeff", "\uffa0", "\ufff0", "\U000e0061", "\U000e0100",
]  # fmt: skip


@pytest.mark.parametrize("text", SEEN)
def test_what_can_be_seen_passes(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize("character", UNSEEN, ids=ascii)
def test_what_cannot_be_seen_is_refused(character: str) -> None:
    for text in (f"be{character}rg", f"{character}berg", f"berg{character}"):
        with pytest.raises(ValueError, match="not allowed"):
            visible(text)


def test_one_event_is_told_in_words_that_are_true_of_a_new_account_and_of_one_that_is_changed() -> None:
    words = json.loads(resources.path("translations", "en.json").read_text(encoding="utf-8"))
    assert "rights are new" in words[f"phone.notice.{NoticeKind.RIGHTS_CHANGED}"]
    assert "given or changed" in words[f"phone.notice.{NoticeKind.RIGHTS_CHANGED}_means"]


@pytest.mark.parametrize("heap", ["\u0300" * 4, "\u20dd" * 4, "\u0e49" * 7, "\u0e49\u0e49\u0e49\u0336"], ids=ascii)
def test_what_would_cover_other_lines_is_refused(heap: str) -> None:
    with pytest.raises(ValueError, match="marks on one letter"):
        visible(f"berg{heap}")
    assert visible(f"berg{heap[:-1]}")
