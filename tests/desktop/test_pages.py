"""Pages are built when they are first turned to, and Tab goes through them before the approvals pane all the same."""

import pytest

from desktop.pages.page import Page
from tests.desktop.answers import request
from tests.desktop.scenes import Stage
from tests.desktop.test_scenes import in_reading_order, reached


def built(stage: Stage) -> list[str]:
    return [page.name for page in stage.window.findChildren(Page)]


def test_what_nobody_has_turned_to_is_not_built(stage: Stage) -> None:
    shell = stage.shell("overview")
    assert built(stage) == ["overview"]
    for _ in range(2):
        shell.show_page("storage")
        shell.show_page("overview")
        assert sorted(built(stage)) == ["overview", "storage"]
    shell.open_find()
    assert sorted(built(stage)) == ["overview", "storage"]


@pytest.mark.parametrize("pages", [("overview", "users"), ("users.deletions", "overview", "settings.server")])
def test_tab_leads_to_the_pane_last_whatever_was_built_when(stage: Stage, pages: tuple[str, ...]) -> None:
    stage.world.requests = [request()]
    shell = stage.shell("overview")
    for name in pages:
        shell.show_page(name)
        stage.settle()
        assert in_reading_order(reached(stage.window), stage.window), name
