"""What time decides: ends of sessions, invitations, challenges; with the clock in our hands."""

import asyncio
import json
from collections.abc import Awaitable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import pytest
from sqlalchemy import select

from server import protocol
from server.actions import REGISTER, Execution
from server.actions.actor import Actor
from server.config import load
from server.contract.administrator import SetUp
from server.contract.problem import Problem
from server.contract.session import SignedIn, SignIn
from server.domain.audit import Event
from server.domain.passwords import Turn
from server.main import open_context
from server.services import administrators, invitations, limits, phones, sessions, setup, signing_in
from server.services.sessions import Caller
from server.store import tables
from server.store.audit_log import NOWHERE
from server.store.recovered import set_recovered
from server.store.work import Work
from server.web.context import Context

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
Result = TypeVar("Result")


def run(call: Awaitable[Result]) -> Result:
    async def running() -> Result:
        return await call

    return asyncio.run(running())


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    config = load(environment={}, data=tmp_path)
    context = open_context(config, "http://localhost:8400", lambda: START)
    call = SetUp(organisation="N", username="amelia", email="a@b.example", password="irrelevant here")
    context.store.run(setup.set_up, call, "hash", "127.0.0.1", START)
    yield context
    context.passwords.close()
    context.store.close()


@pytest.fixture
def token(context: Context) -> str:
    call = SignIn(username="amelia", password="x", device_name="desk", application="test")
    signed_in = context.store.run(signing_in.begin, call, "127.0.0.1", "hash", START)
    assert isinstance(signed_in, SignedIn)
    return signed_in.token


def alive(context: Context, token: str, after: timedelta) -> bool:
    try:
        run(context.store.read(sessions.authenticate, token, "127.0.0.1", START + after))
    except Problem as problem:
        assert problem.status == 401
        return False
    return True


@pytest.mark.row("SE-4")
def test_an_idle_session_ends_after_an_hour_on_the_second(context: Context, token: str) -> None:
    assert alive(context, token, timedelta(minutes=60, seconds=-1))
    assert not alive(context, token, timedelta(minutes=60))
    caller = run(context.store.read(sessions.authenticate, token, "127.0.0.1", START))
    assert not sessions.needs_touch(caller, START + timedelta(seconds=1))
    used = START + timedelta(minutes=30)
    assert sessions.needs_touch(caller, used)
    context.store.run(sessions.touch, caller, used)
    context.store.run(sessions.touch, caller, START)  # a clock that jumps back revives nothing
    assert alive(context, token, timedelta(minutes=90, seconds=-1))
    assert not alive(context, token, timedelta(minutes=90))


@pytest.mark.row("SE-4")
def test_a_session_in_use_ends_after_twelve_hours(context: Context, token: str) -> None:
    caller = run(context.store.read(sessions.authenticate, token, "127.0.0.1", START))
    context.store.run(sessions.touch, caller, START + timedelta(hours=11, minutes=59))
    assert alive(context, token, timedelta(hours=12, seconds=-1))
    assert not alive(context, token, timedelta(hours=12))


def test_a_session_that_ended_meanwhile_writes_nothing(context: Context, token: str) -> None:
    caller = run(context.store.read(sessions.authenticate, token, "127.0.0.1", START))
    context.store.run(sessions.end, caller, "current", START)
    with pytest.raises(Problem, match="ended"):
        context.store.run(sessions.renewed, caller, START)


def test_an_api_key_lasts_as_long_as_was_asked(context: Context) -> None:
    def make(work: Any, days: int | None) -> str:
        by = administrators.named(work, "amelia")
        assert by is not None
        call = {"name": "nightly", "permissions": ["users.edit"], "expires_in_days": days}
        action = REGISTER["api_key.create"].model_validate(call)
        result = action.execute(work, Execution(Actor.of(by), START, None, None, NOWHERE))
        assert result is not None
        return str(result["token"])

    for days, lives in ((1, timedelta(days=1)), (None, None)):
        key = context.store.run(make, days)

        def caller(now: datetime, key: str = key) -> Caller:
            return context.store.look(sessions.authenticate_any, key, "127.0.0.1", "cron", now)

        if lives is None:
            assert caller(START + timedelta(days=10_000)).account.username == "amelia"
        else:
            assert caller(START + lives - timedelta(seconds=1)).session is None
            with pytest.raises(Problem, match="API key"):
                caller(START + lives)


def test_an_invitation_lasts_seven_days(context: Context) -> None:
    def invite(work: Any) -> str:
        by = administrators.named(work, "amelia")
        assert by is not None
        call = {"username": "jonas", "email": "j@n.example", "role": "provider"}
        action = REGISTER["administrator.create"].model_validate(call)
        result = action.execute(work, Execution(Actor.of(by), START, None, None, NOWHERE))
        assert result is not None
        return str(result["invitation"])

    invitation = context.store.run(invite)
    end = START + timedelta(days=7)
    assert run(context.store.read(invitations.invited, invitation, end - timedelta(seconds=1))).username == "jonas"
    with pytest.raises(Problem):
        run(context.store.read(invitations.invited, invitation, end))
    again = context.store.run(invite)
    with pytest.raises(Problem):
        run(context.store.read(invitations.invited, invitation, START))
    assert run(context.store.read(invitations.invited, again, START)).username == "jonas"


def test_a_phones_challenge_lasts_a_minute(context: Context) -> None:
    key = protocol.new_key()

    def enrolled(work: Any) -> None:
        owner = administrators.named(work, "amelia")
        assert owner is not None
        device = tables.Device(
            id="dev_1",
            administrator_id=owner.id,
            status="active",
            name="P",
            platform="",
            dsk=protocol.point(key),
            dhk=protocol.point(key),
            origin="http://localhost:8400",
            enrolled_at=START,
        )
        work.session.add(device)

    context.store.run(enrolled)

    def opened(after: timedelta) -> bool:
        made = run(context.store.read(phones.challenge, "dev_1", bytes(11) + after.seconds.to_bytes(1, "big"), START))
        sig = protocol.sign(key, protocol.session_message("dev_1", made))
        try:
            context.store.run(phones.open_session, "dev_1", made, sig, START + after)
        except Problem:
            return False
        return True

    assert opened(timedelta(seconds=59))
    assert not opened(timedelta(seconds=60))


def test_a_session_that_makes_room_says_for_whom(context: Context, token: str) -> None:
    call = SignIn(username="amelia", password="x", device_name="THIEF", application="test")
    for after in range(sessions.MOST):
        context.store.run(signing_in.begin, call, "192.0.2.1", "hash", START + timedelta(seconds=after + 1))
    assert alive(context, token, timedelta())  # whose address is no crowd's
    ended = select(tables.AuditEvent.body).where(tables.AuditEvent.event == Event.SESSION_ENDED)
    [line] = context.store.run(lambda work: [json.loads(body) for body in work.session.scalars(ended)])
    by = {"username": "amelia", "device_name": "THIEF", "application": "test", "ip": "192.0.2.1"}
    assert line["ended_by"] == by
    assert line["why"] == "a newer session took its place"


@pytest.mark.usefixtures("token")
def test_a_session_that_a_code_opened_waits_apart_for_its_password(context: Context) -> None:
    def turn(work: Work, after: timedelta) -> tuple[str, Turn | None]:
        session = work.session.scalars(select(tables.Session)).one()
        if not after:
            set_recovered(work, session, START)
        done = limits.reserve(work, "Amelia", "192.0.2.1", limits.Known(session=session.id), START + after)
        return session.id, done.turn if isinstance(done, limits.Reserved) else None

    session, own = context.store.run(turn, timedelta())
    assert own == Turn("amelia", f"session {session}")
    assert context.store.run(turn, timedelta(minutes=15)) == (session, Turn("amelia", "sessions"))


def test_a_console_that_was_ended_is_a_stranger(context: Context) -> None:
    def turn(work: Work, secret: str, ended: datetime | None) -> Turn | None:
        console = work.session.scalars(select(tables.Console)).one()
        console.ended_at = ended
        work.session.flush()
        done = limits.reserve(work, "amelia", "192.0.2.1", limits.Known(secret), START)
        assert isinstance(done, limits.Reserved)
        return done.turn

    call = SignIn(username="amelia", password="x", device_name="desk", application="test")
    signed_in = context.store.run(signing_in.begin, call, "127.0.0.1", "hash", START)
    assert isinstance(signed_in, SignedIn)
    assert signed_in.console is not None
    assert context.store.run(turn, signed_in.console, None) is not None
    assert context.store.run(turn, signed_in.console, START) is None


def test_wrong_passwords_count_for_five_minutes(context: Context) -> None:
    def tried(ip: str, after: timedelta = timedelta()) -> bool:
        done = context.store.run(limits.reserve, "amelia", ip, limits.Known(), START + after)
        return isinstance(done, limits.Reserved)

    assert [tried("192.0.2.1") for _ in range(11)] == [True] * 10 + [False]
    assert all(tried(f"192.0.2.{n // 10}") for n in range(20, 60))
    assert not tried("192.0.2.99")  # fifty from all
    over = timedelta(minutes=5)
    assert not tried("192.0.2.1", over - timedelta(seconds=1))
    assert tried("192.0.2.1", over)
    context.store.run(limits.prune, START + over + timedelta(minutes=5))
    assert tried("192.0.2.1", over)
