"""Forms from schemas: every action of the server's has one, and what is wrong with it stands at its field."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QLabel, QLineEdit, QPushButton
from pytestqt.qtbot import QtBot

from desktop.core.details import facts_of, object_of, parameters_of
from desktop.widgets.action_form import ActionForm
from desktop.widgets.preview import Preview
from server.actions import REGISTER
from server.contract.permission import Permission, Role
from server.contract.problem import Problem
from tests.desktop.answers_of_administrators import PROPERTIES, action, details
from tests.desktop.answers_of_governing import policy
from tests.desktop.scenes import SCENES, Stage

OFFERED = {name: each for name, each in REGISTER.items() if each.offered}


@pytest.fixture
def stage(tmp_path: Path, qtbot: QtBot) -> Iterator[Stage]:
    made = Stage(tmp_path)
    qtbot.waitExposed(made.window)
    made.shell()
    yield made
    made.close()


def form_of(stage: Stage, schema: dict[str, Any], **more: Any) -> ActionForm:
    return ActionForm(schema, "form", stage.world.me, companies=stage.world.companies, **more)


@pytest.mark.parametrize("name", OFFERED)
def test_every_action_on_offer_has_a_form(stage: Stage, qtbot: QtBot, name: str) -> None:
    schema = (OFFERED[name].asked or OFFERED[name]).model_json_schema(by_alias=True)
    form = form_of(stage, schema)
    qtbot.addWidget(form)
    assert form.parameters.keys() == schema.get("properties", {}).keys()
    assert form.complete is not any(form._faults().values())


@pytest.mark.parametrize("name", [name for name, known in PROPERTIES.items() if known])
def test_what_the_tests_take_for_the_servers_schemas_is_that(name: str) -> None:
    taken = action(name, protected=True).schema_["properties"]
    schema = (OFFERED[name].asked or OFFERED[name]).model_json_schema(by_alias=True)
    assert taken.keys() == schema.get("properties", {}).keys()


def test_numbers_choices_and_what_may_be_left_out(stage: Stage, qtbot: QtBot) -> None:
    schema = {
        "properties": {
            "days": {"anyOf": [{"type": "integer", "minimum": 1, "maximum": 3650}, {"type": "null"}], "default": None},
            "seconds": {"type": "integer", "minimum": 30, "maximum": 600},
            "mode": {"enum": ["user_and_data", "user_only", "data_only", "nothing"], "type": "string"},
            "names": {"items": {"type": "string"}, "type": "array"},
            "kind": {"const": "fixed", "type": "string"},
        }
    }
    form = form_of(stage, schema)
    qtbot.addWidget(form)
    assert form.parameters["days"] is None
    assert form.parameters["kind"] == "fixed"
    assert not form.complete
    for key, text in {"days": "0", "seconds": "many", "names": "one, two"}.items():
        form.findChild(QLineEdit, f"form.{key}").setText(text)  # type: ignore[union-attr]
    assert not form.check()
    faults = {key: form.findChild(QLabel, f"form.{key}.fault").text() for key in ("days", "seconds")}  # type: ignore[union-attr]
    assert "1 to 3650" in faults["days"]
    assert "number" in faults["seconds"]
    for key, text in {"days": "90", "seconds": "120"}.items():
        form.findChild(QLineEdit, f"form.{key}").setText(text)  # type: ignore[union-attr]
    assert form.check()
    assert form.parameters == {
        "days": 90,
        "seconds": 120,
        "mode": "user_and_data",
        "names": ["one", "two"],
        "kind": "fixed",
    }


def test_a_refusal_stands_at_the_field_that_it_is_about(stage: Stage, qtbot: QtBot) -> None:
    form = form_of(stage, action("administrator.create", protected=True).schema_)
    qtbot.addWidget(form)
    told = {"parameters.email": "an e-mail address looks like name@example.com", "parameters.companies.0": "no"}
    assert form.blame(Problem(422, "invalid", "Something does not fit", fields=told))
    assert "name@example.com" in form.findChild(QLabel, "form.email.fault").text()  # type: ignore[union-attr]
    assert form.blame(Problem(409, "username_taken", "This user name is taken"))
    assert "taken" in form.findChild(QLabel, "form.username.fault").text()  # type: ignore[union-attr]
    assert form.blame(Problem(422, "reason_required", "A reason is needed", fields={"reason": "say why"}))
    assert form.findChild(QLabel, "form.reason.fault").text() == "say why"  # type: ignore[union-attr]
    assert not form.check(), "from now on it is known that a reason is needed"
    assert not form.blame(Problem(429, "too_many_requests", "Five are open"))


def test_a_provider_has_no_companies_and_permissions_to_choose(stage: Stage, qtbot: QtBot) -> None:
    form = form_of(stage, action("administrator.create", protected=True).schema_)
    qtbot.addWidget(form)
    form.show_where({"companies", "permissions"}, "role", Role.SUB_ADMINISTRATOR)
    form._parts["companies"].show_value(["cmp_1"])
    form._parts["permissions"].show_value(["users.edit"])
    assert form.parameters["companies"] == ["cmp_1"]
    form._parts["role"].show_value(Role.PROVIDER)
    assert (form.parameters["companies"], form.parameters["permissions"]) == (None, [])


def test_what_is_beyond_ones_rights_can_be_seen_and_not_chosen(stage: Stage, qtbot: QtBot) -> None:
    held = [Permission.ADMINISTRATORS_EDIT, Permission.USERS_EDIT]
    stage.world.account = {"role": Role.SUB_ADMINISTRATOR, "permissions": held, "companies": ["cmp_1"]}
    form = form_of(stage, action("administrator.create", protected=True).schema_)
    qtbot.addWidget(form)
    boxes = form._parts["permissions"]._boxes  # type: ignore[attr-defined]
    assert {name for name, box in boxes.items() if box.isEnabled()} == set(held)
    assert form._parts["role"].value() == Role.SUB_ADMINISTRATOR
    assert form.parameters["companies"] == [], "all companies cannot be given"
    assert not form.complete


def test_the_preview_follows_the_form_and_forgets_what_is_no_longer_asked(stage: Stage) -> None:
    SCENES["administrator_delete"](stage)
    stage.settle()
    preview = stage.find("administrator_step.preview", Preview)
    told = details(
        stage.world.me,
        "administrator.delete",
        {"administrator": "adm_jonas.keller"},
        "",
        names={"adm_jonas.keller": "jonas.keller"},
    )
    for fact in (object_of(told), told["summary"], told["consequence"]):
        assert fact in preview.text
    for name, fact in (*facts_of(told), *parameters_of(told)):
        assert f"{name}: {fact}" in preview.text or not fact
    assert "ticket 4471" in preview.text
    preview.wait()
    assert not preview.text


def test_an_answer_that_comes_late_is_not_shown(stage: Stage) -> None:
    preview = Preview(stage.desk, "user.delete", "late")
    preview.setParent(stage.window)
    preview.follow({"user": "usr_1", "mode": "user_only"}, "first", now=True)
    preview.wait()
    stage.settle()
    assert not preview.text
    preview.follow({"user": "usr_1", "mode": "user_only"}, "second", now=True)
    stage.settle()
    assert "second" in preview.text


def test_where_a_reason_is_wanted_nothing_is_foreseen_without_one(stage: Stage) -> None:
    stage.world.policy = policy(reason_required=True)
    SCENES["administrator_delete_without_a_reason"](stage)
    stage.settle()
    preview = stage.find("administrator_step.preview", Preview)
    go = stage.find("administrator_step.submit", QPushButton)
    assert "wants a reason" in stage.find("administrator_step.consequence", QLabel).text()
    assert not preview.text
    assert not go.isEnabled()
    reason = stage.find("administrator_step.reason", QLineEdit)
    reason.setText("Has left")
    preview._ask()
    stage.settle()
    assert "Has left" in preview.text
    assert go.isEnabled()
    reason.clear()
    assert not preview.text
    assert not go.isEnabled()


def test_a_digest_is_not_foretold_since_it_is_made_anew() -> None:
    told = {"action": "password.change", "parameters": {"new_password": "set", "new_password_digest": "d" * 43}}
    assert "d" * 43 not in str(parameters_of(told))


def test_no_bound_of_companies_is_all_of_them_and_an_empty_list_none() -> None:
    def said(name: str, value: object) -> str:
        return parameters_of({"parameters": {name: value}})[0][1]

    assert said("companies", None) == "All companies"
    assert said("companies", []) == "None"
    assert said("company", None) == "None"
    assert said("scope", {"companies": None}) == "Companies: All companies"


def test_what_was_chosen_from_a_list_is_said_in_words_beside_what_is_signed() -> None:
    told = {"parameters": {"mode": "user_and_data", "permissions": ["users.edit"], "name": "provider"}}
    said = dict(parameters_of(told))
    assert said["Mode"] == "the user and all of the data user_and_data"
    assert any(each.endswith(" users.edit") for each in said.values())
    assert "provider" in said.values()  # a name is no choice
