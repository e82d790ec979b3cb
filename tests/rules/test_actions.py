"""Every protected action, now and later, is complete, and has its words."""

import json

import pytest

import resources
from server.actions import REGISTER, ProtectedAction
from server.contract.request import Kind

WORDS = json.loads(resources.path("translations", "en.json").read_text(encoding="utf-8"))
AUTHENTICATION = ("sign_in", "password.change", "two_factor.", "recovery_codes.reset", "device.change")


@pytest.fixture(params=sorted(REGISTER))
def action(request: pytest.FixtureRequest) -> type[ProtectedAction]:
    return REGISTER[request.param]


def test_it_has_words_for_phone_console_and_audit(action: type[ProtectedAction]) -> None:
    assert WORDS[f"action.{action.name}"] == action.title
    assert len(action.title) <= 64


def test_its_kind_follows_its_name(action: type[ProtectedAction]) -> None:
    assert (action.kind is Kind.AUTHENTICATION) == action.name.startswith(AUTHENTICATION)


def test_management_needs_a_permission(action: type[ProtectedAction]) -> None:
    assert (action.permission is not None) == (action.kind is Kind.MANAGEMENT)


def test_its_parameters_refuse_what_they_do_not_know(action: type[ProtectedAction]) -> None:
    schema = action.model_json_schema(by_alias=True)
    assert schema["additionalProperties"] is False
    assert schema["description"].endswith(".")


def test_its_secrets_can_be_sealed_for_whoever_asks(action: type[ProtectedAction]) -> None:
    assert action.offered or not action.secrets, "only `POST /actions/{name}` takes a key for them"


@pytest.mark.row("OB-10")
def test_it_says_all_that_the_phone_shows(action: type[ProtectedAction]) -> None:
    for member in ("target", "consequence", "execute"):
        assert getattr(action, member) is not getattr(ProtectedAction, member), member


def test_a_second_action_of_one_name_is_refused() -> None:
    with pytest.raises(TypeError, match="name of its own"):
        type("Again", (REGISTER["user.delete"],), {"__doc__": "Again.", "__module__": __name__})
