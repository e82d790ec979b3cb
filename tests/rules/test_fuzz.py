"""No body, query or path makes the server stumble: every answer is below 500, and a problem where it is a refusal."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from server.web.routes import CONSOLE, CONSOLE_ROUTES, PLAIN_ROUTES
from tests.living import LivingServer, TestConsole
from tests.rules.test_routes import ROUTES

MEMBERS = [
    *("username", "password", "device_name", "application", "console", "organisation", "email", "name", "invitation"),
    *("wait_token", "parameters", "reason", "user", "mode", "company", "grant", "sas", "role", "companies"),
    *("permissions", "device", "challenge", "sig", "token", "verifier", "id", "ids", "quiet", "endpoint"),
]
CHARACTERS = st.characters(codec=None, exclude_categories=())
VALUES = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**70), 2**70)
    | st.floats(allow_nan=True)
    | st.text(CHARACTERS, max_size=80),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(MEMBERS), inner, max_size=4),
    max_leaves=8,
)
BODIES = st.dictionaries(st.sampled_from(MEMBERS), VALUES, max_size=6) | VALUES
WORDS = st.text(st.characters(codec="utf-8"), min_size=1, max_size=40) | st.sampled_from(
    ["current", "user.delete", "two_factor.disable", "administrator.create", "sign_in", "..", "%00"]
)
FILTERS = ["q", "limit", "cursor", "sort", "order", "status", "mine", "actor", "event", "subject", "outcome", "from"]
MOMENTS = ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59"]
QUERIES = st.dictionaries(
    st.sampled_from([*FILTERS, "to", "format", "before"]),
    WORDS | st.sampled_from([*MOMENTS, "1" * 18, "-1", "csv"]),
    max_size=4,
)


@pytest.fixture(scope="module")
def living(tmp_path_factory: pytest.TempPathFactory) -> Iterator[LivingServer]:
    server = LivingServer(tmp_path_factory.mktemp("fuzz") / "data")
    server.start()
    yield server
    server.stop()


@pytest.fixture(scope="module")
def console(living: LivingServer) -> TestConsole:
    return living.set_up()


@pytest.mark.parametrize("name", [name for name in ROUTES if not name.endswith("/events")])
@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(body=BODIES, word=WORDS, query=QUERIES)
def test_no_input_makes_it_stumble(
    console: TestConsole, name: str, body: Any, word: str, query: dict[str, str]
) -> None:
    method, path = name.split(" ")
    from urllib.parse import quote

    filled = "/".join(quote(word, safe="") if part.startswith("{") else part for part in path.split("/"))
    if name == f"DELETE {CONSOLE}/sessions/{{session}}" and word == "current":
        return
    answer = console._http.request(
        method,
        f"{console.url}{filled}",
        params=query,
        data=json.dumps(body).encode() if method != "GET" else None,
        headers={"Authorization": f"Bearer {console.token}", "Content-Type": "application/json"},
        timeout=20,
    )
    assert answer.status_code < 500, answer.text
    if answer.status_code >= 400:
        assert answer.headers["content-type"] == "application/problem+json"
        assert answer.json()["status"] == answer.status_code


def test_all_routes_were_tried() -> None:
    assert len(ROUTES) == len(CONSOLE_ROUTES) + len(PLAIN_ROUTES)
