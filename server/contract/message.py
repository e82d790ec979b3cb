"""What all messages have in common: strict calls, tolerant answers, pages, and the texts that people type."""

import json
import re
import unicodedata
from datetime import UTC, datetime
from itertools import pairwise
from typing import Annotated, Any, Generic, TypeVar

from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field, PlainSerializer, model_validator

Item = TypeVar("Item")

_UNSEEN = frozenset({"Cc", "Cf", "Cs", "Co", "Zl", "Zp"})  # control, format (bidi too), surrogate, private, separators
_BLANK = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180d\u180f\u2065\u2800\u3164\ufe00-\ufe0f\uffa0\ufff0-\ufff8"
    "\U000e0000-\U000e0fff]"
)
"""Of other categories, but drawn as nothing: Unicode's `Default_Ignorable_Code_Point`, and the empty Braille cell."""
_PICTURE = "\ufe0f"
"""Asks for the picture of a symbol; behind anything else it is nothing to see."""
_ANYWHERE = re.compile("[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]")
"""Marks that go onto any letter: after three in a row they cover other lines, as those of a script do after six."""


class Call(BaseModel):
    """A body that somebody sends to the server; a member that it does not know is refused."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    @model_validator(mode="before")
    @classmethod
    def _unicode(cls, value: Any) -> Any:  # noqa: ANN401 - any JSON value
        """Refuse lone surrogates, which JSON can write and UTF-8 cannot."""
        try:
            json.dumps(value, ensure_ascii=False, default=str).encode()
        except UnicodeEncodeError as error:
            message = "this is no Unicode text"
            raise ValueError(message) from error
        return value


class Answer(BaseModel):
    """A body that the server sends."""

    model_config = ConfigDict(extra="ignore", frozen=True)


class Page(Answer, Generic[Item]):
    """One page of a list; `next` is sent back as `cursor`, null on the last one; `total` counts all pages."""

    items: list[Item]
    next: str | None = None
    total: int | None = None


def visible(text: str) -> str:
    """Return `text` unless it holds what a person would not see, or what would cover other lines."""
    marks = 0
    for before, character in pairwise(f" {text}"):
        marks = marks + 1 if unicodedata.category(character).startswith("M") else 0
        if marks > 6 or (marks > 3 and _ANYWHERE.match(character)):
            message = "so many marks on one letter are not allowed"
            raise ValueError(message)
        unseen = unicodedata.category(character) in _UNSEEN or _BLANK.match(character)
        if unseen and not (character == _PICTURE and unicodedata.category(before) == "So"):
            message = "control and formatting characters are not allowed"
            raise ValueError(message)
    return text


def _seen(text: str) -> str:
    text = visible(text.strip())
    if not text:
        message = "may not be empty"
        raise ValueError(message)
    return text


def _username(text: str) -> str:
    if not all("!" <= character <= "~" and character not in '"\\' for character in text):
        message = 'only printable ASCII without space, " and \\'
        raise ValueError(message)
    return text


def _email(text: str) -> str:
    local, at, domain = visible(text.strip()).rpartition("@")
    if not at or not local or "." not in domain.strip(".") or any(c.isspace() for c in text.strip()):
        message = "an e-mail address looks like name@example.com"
        raise ValueError(message)
    return text.strip()


def rfc3339(moment: datetime) -> str:
    """Return a time as it is on the wire."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _in_utc(moment: datetime) -> datetime:
    try:
        return moment.astimezone(UTC)
    except OverflowError as error:
        message = "is outside the years 1 to 9999"
        raise ValueError(message) from error


Time = Annotated[AwareDatetime, AfterValidator(_in_utc), PlainSerializer(rfc3339, when_used="json")]
"""RFC 3339 in UTC on the wire."""

Claim = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_seen)]
"""What a client says of itself: 1 to 64 characters without control characters, and not blank."""

Words = Annotated[str, Field(max_length=500), AfterValidator(visible)]
"""What somebody writes for others to read; may be empty."""

Name = Annotated[str, Field(max_length=120), AfterValidator(_seen)]
Username = Annotated[str, Field(min_length=1, max_length=64), AfterValidator(_username)]
Email = Annotated[str, Field(max_length=254), AfterValidator(_email)]
Password = Annotated[str, Field(max_length=1024, repr=False)]
Secret = Annotated[str, Field(min_length=1, max_length=200, repr=False)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9_-]{1,64}$")]
