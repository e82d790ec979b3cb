"""What the server tells once, in the result of an action, and never again: grants, invitations, tokens."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from desktop.core.words import known

OWN = frozenset({"two_factor.disable"})
"""Actions whose grant is for the one who asked: the console keeps it and uses it unseen."""


@dataclass(frozen=True)
class Secret:
    """`kind` is `grant`, `invitation` or `token`; `who` is whose it is, `account` that account where it is known."""

    kind: str
    who: str
    text: str
    account: str = ""


def secrets_in(action: str, target: str, result: Mapping[str, Any] | None) -> list[Secret]:
    """Return what the result of an action on `target` tells somebody who is to hand it on, or to keep it."""
    told = result or {}
    found = [
        Secret(kind, target, str(told[kind]), str(told.get("administrator") or ""))
        for kind in ("invitation", "token", "grant")
        if isinstance(told.get(kind), str) and not (kind == "grant" and action in OWN)
    ]
    grants = told.get("grants")
    named = [each for each in grants if isinstance(each, dict)] if isinstance(grants, list) else []
    return found + [
        Secret("grant", str(each["username"]), str(each["grant"]))
        for each in named
        if each.get("username") and each.get("grant")
    ]


def own_grant_in(action: str, result: Mapping[str, Any] | None) -> str:
    """Return the grant with which the one who asked enrols another phone; nothing where there is none."""
    grant = (result or {}).get("grant")
    return grant if action in OWN and isinstance(grant, str) else ""


def action_name(action: str, otherwise: str = "") -> str:
    """Return an action's name in our words, or else in the server's."""
    return known(f"action.{action}", otherwise or action)
