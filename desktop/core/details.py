"""What the phone shows of a request, in the phone's own words: the console's preview says the same."""

from collections.abc import Iterator, Mapping
from typing import Any

from desktop.core.told import action_name
from desktop.core.words import known, t

Fact = tuple[str, str]
SALTED = "_digest"
"""A digest of what is salted anew when it is asked for is another one then: it is not foretold."""
UNBOUND = "companies"
"""Null is no bound here, so all of them."""
CHOSEN = {"role", "permissions", "mode", "by_totp", "without_code"}
"""Values of these are of a list, and have words of their own."""


def band_of(details: Mapping[str, Any]) -> str:
    """Return what stands above everything else there."""
    kind = "management" if details.get("kind") == "management" else "account"
    return t(f"phone.band.{kind}", action=_in_sentence(_action(details)))


def object_of(details: Mapping[str, Any]) -> str:
    """Return what is acted on, the largest text there."""
    names = _names(details)
    first = next(iter(names.values()), str(details.get("username") or ""))
    return first if len(names) < 2 else t("phone.object.more", name=first, n=len(names) - 1)


def facts_of(details: Mapping[str, Any]) -> list[Fact]:
    """Return who asks, from where and why; what the client claims of itself is said to be so."""
    kind = str(details.get("kind") or "")
    action = t("phone.fact.action_of_kind", kind=known(f"kind.{kind}", kind), action=_in_sentence(_action(details)))
    reason = str(details.get("reason") or "")
    return [
        (t("phone.fact.action"), action),
        (t("phone.fact.username"), str(details.get("username") or "")),
        (t("phone.fact.device_name"), _claimed(details.get("device_name"))),
        (t("phone.fact.application"), _claimed(details.get("application"))),
        (t("phone.fact.ip"), str(details.get("ip") or "")),
        (t("phone.fact.reason"), f"{t('phone.fact.reason_of_asker')} {reason}" if reason else ""),
    ]


def targets_of(details: Mapping[str, Any]) -> list[Fact]:
    """Return the kinds and names of all that is acted on, where it is more than the object that stands above."""
    found = [
        (known(f"phone.type.{each['type']}", str(each["type"]).replace("_", " ")), str(each["name"]))
        for each in details.get("target") or ()
    ]
    return found if len(found) > 1 else []


def parameters_of(details: Mapping[str, Any]) -> list[Fact]:
    """Return everything that would be executed, with the names of what is acted on beside their ids."""
    names = _names(details)
    return [
        (
            parameter_name(key),
            t("console.preview.digest") if key.endswith(SALTED) else "\n".join(_said(value, names, key)),
        )
        for key, value in (details.get("parameters") or {}).items()
    ]


def _said(value: Any, names: Mapping[str, str], key: str = "") -> Iterator[str]:  # noqa: ANN401 - any JSON value
    if value is None and key == UNBOUND:
        yield t("phone.value.all_companies")
    elif value is None or value in ([], {}):
        yield t("phone.value.none")
    elif isinstance(value, bool):
        yield t("phone.value.yes" if value else "phone.value.no")
    elif isinstance(value, list):
        for each in value:
            yield from _said(each, names, key)
    elif isinstance(value, dict):
        for name, each in value.items():
            yield f"{parameter_name(name)}: {', '.join(_said(each, names, name))}"
    elif value == "":
        yield t("phone.value.empty")
    else:
        text = str(value)
        whose = names.get(text) or (_chosen(text) if key in CHOSEN else text)
        yield text if whose == text else f"{whose} {text}"


def _chosen(value: str) -> str:
    return known(f"choice.{value}", known(f"action.{value}", value))


def parameter_name(key: str) -> str:
    """Return what the phone calls a parameter."""
    words = key.replace("_", " ")
    return known(f"phone.parameter.{key}", words[:1].upper() + words[1:])


def _names(details: Mapping[str, Any]) -> dict[str, str]:
    return {str(each["id"]): str(each["name"]) for each in details.get("target") or ()}


def _action(details: Mapping[str, Any]) -> str:
    return action_name(str(details.get("action") or ""), str(details.get("title") or ""))


def _claimed(text: object) -> str:
    return t("phone.fact.claimed", claim=text) if text else ""


def _in_sentence(name: str) -> str:
    """Return a name as it stands inside a sentence; one in capitals, such as API, stays."""
    return name[:1].lower() + name[1:] if name[:1].isupper() and name[1:2].islower() else name
