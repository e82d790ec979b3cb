"""Managed backup users, the customers' own."""

from enum import StrEnum

from server.contract.message import Answer, Call, Email, Id, Name, Time


class UserStatus(StrEnum):
    """A held user is deleted, but can still be restored."""

    ACTIVE = "active"
    HELD = "held"


class NewUser(Call):
    """`username` is an e-mail address; `name` defaults to it."""

    username: Email
    name: Name | None = None
    company: Id | None = None


class EditUser(Call):
    """Only the members that are sent are changed."""

    username: Email | None = None
    name: Name | None = None
    company: Id | None = None


class User(Answer):
    """`company` is an id."""

    id: str
    username: str
    name: str
    company: str | None
    company_name: str | None
    status: UserStatus
    created_at: Time
