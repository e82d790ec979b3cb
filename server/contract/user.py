"""Managed backup users, the customers' own."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field, StrictBool, StrictInt

from server.contract.deletion import DeletionInShort
from server.contract.message import Answer, Call, Email, Id, Name, Time

Limit = Annotated[StrictInt, Field(ge=1, lt=1 << 53)]
"""How many bytes may be stored, as far as canonical JSON has numbers (RFC 8785, section 3.2.2.3)."""

Folder = Annotated[str, Field(min_length=1, max_length=512)]
"""Where a user's data lies, below the place of the destination."""


class UserStatus(StrEnum):
    """A held user is deleted, but can still be restored."""

    ACTIVE = "active"
    HELD = "held"


class NewUser(Call):
    """`username` is an e-mail address; `name` defaults to it, `folder` to the id where there is a destination."""

    username: Email
    name: Name | None = None
    company: Id | None = None
    enabled: StrictBool = True
    destination: Id | None = None
    folder: Folder | None = None
    storage_limit: Limit | None = None


class EditUser(Call):
    """Only the members that are sent are changed."""

    username: Email | None = None
    name: Name | None = None
    company: Id | None = None
    enabled: StrictBool | None = None
    destination: Id | None = None
    folder: Folder | None = None
    storage_limit: Limit | None = None


class User(Answer):
    """`company` and `destination` are ids; `bytes` and `objects` are null until measured."""

    id: str
    username: str
    name: str
    company: str | None
    company_name: str | None
    status: UserStatus
    created_at: Time
    enabled: bool = True
    destination: str | None = None
    destination_name: str | None = None
    folder: str | None = None
    storage_limit: int | None = None
    bytes: int | None = None
    objects: int | None = None
    measured_at: Time | None = None
    held_until: Time | None = None
    deletion: DeletionInShort | None = None
