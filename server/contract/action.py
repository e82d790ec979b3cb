"""Asking for protected actions: one door for the console, the API, the command line and schedules."""

from typing import Any, Literal

from pydantic import Field

from server.contract.message import Answer, Call, Words
from server.contract.permission import Permission
from server.contract.request import Kind


class Ask(Call):
    """Parameters of the action, and the requester's own words why."""

    parameters: dict[str, Any] = Field(default_factory=dict)
    reason: Words = ""


class Executed(Answer):
    """Done at once, since nobody has two-factor authentication yet."""

    status: Literal["executed"] = "executed"
    result: dict[str, Any] | None = None


class ActionInfo(Answer):
    """One action on offer; `schema` is the JSON Schema of its parameters."""

    name: str
    title: str
    description: str
    kind: Kind
    permission: Permission | None
    schema_: dict[str, Any] = Field(alias="schema")
    protected: bool


class ActionList(Answer):
    """All actions that `POST /actions/{name}` takes."""

    items: list[ActionInfo]
    next: str | None = None


class Preview(Answer):
    """What the phone would show; nobody is asked."""

    details: dict[str, Any]
