"""A play of three administrators, their phones and a thief, at random, over real HTTP: what happens is what should.

The thief has every password, every session, and every message that a phone has sent; only the phones' keys are not
his. After each move the database, which is what happened, is held against the model, which is what the phones really
approved (I1 to I6 of the invariants), and what each account reads against what it may (I7); at the end everything is
looked through for secrets (I8).
"""

import json
import sqlite3
from random import Random
from typing import Any, ClassVar, TypeVar

from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, precondition, rule

from desktop.demo.phone import Shown, SoftwarePhone
from server import protocol
from server.domain.audit import GENESIS, chained
from server.store import ids
from tests.gates.model import (
    ABSOLUTE,
    OPEN_ACTIONS,
    REDEEM_FOR,
    WRONG_CODES,
    WRONG_CODES_IN_ALL,
    Account,
    Asked,
    Desk,
    Model,
    moment,
)
from tests.gates.stage import Stage
from tests.living import TestConsole
from tests.proving import status_of

SEED = st.integers(0, 2**32 - 1)
WHO = ["amelia", "amelia", "kofi", "kofi", "jonas"]
VICTIMS = ["jonas", "jonas", "kofi", "kofi", "amelia"]
WHAT = [*(["delete"] * 4), "permissions", "permissions", "disable", "enable", "create", "again"]
SESSIONS = ["sign in", "come in", "redeem", "end", "cancel", "cancel"]
FORGED = ["his own keys", "other details", "no passkey", "locked"]
DECISIONS = [*(["approve"] * 5), "scan", "", "cancelled", "not_me", "mistype", "mistype"]
MOMENTS = [*([1, 5, 10, 30] * 5), 60, 119, 120, 121, 299, 300, 1800, 3599, 3600, ABSOLUTE - 60, ABSOLUTE]
RIGHTS = [
    [],
    ["users.delete"],
    ["users.edit", "users.delete", "administrators.edit"],
    ["users.edit", "users.delete", "administrators.edit"],
    ["users.edit", "users.delete", "administrators.edit", "audit.view"],
    ["policy.edit"],
]
MOVES_BETWEEN_CRASHES = 25
Item = TypeVar("Item")


class Machine(RuleBasedStateMachine):
    """One play."""

    stage: ClassVar[Stage]
    salt: ClassVar[str] = ""

    def __init__(self) -> None:
        """Begin."""
        super().__init__()
        self.model: Model = self.stage.begin()
        self.server = self.stage.server
        self.database: sqlite3.Connection = self.stage.look()
        self.sent: list[tuple[Asked, bytes]] = []
        """Decisions that were taken, as a thief who listens has them."""
        self.chain, self.checkpoints = (0, GENESIS), list[tuple[int, bytes]]()
        self.written: dict[str, list[str]] = {}
        self.past, self.moves, self.names = self.salt, 0, 0

    def chance(self, seed: int) -> Random:
        """Return what decides in one move; whatever was drawn before is in it, so that no two plays go on alike."""
        self.past = f"{self.past} {seed}"
        return Random(self.past)  # noqa: S311 - repeatable, no secret

    # Who asks

    def desk(self, who: str, chance: Random) -> Desk:
        """Choose a session of an account, mostly one that lives."""
        mine = [desk for desk in self.model.desks if desk.account is self.model.accounts[who]]
        return _mostly(mine, [desk for desk in mine if self.model.lives(desk)], chance)

    def request(self, chance: Random, *, wanted: bool = False) -> Asked:
        """Choose a request, mostly one that waits; `wanted`, one that the phone's owner asked for."""
        every = [asked for asked in self.model.asked if asked.wanted or not wanted]
        waiting = [asked for asked in every if asked.status_at(self.model.now) == "pending"]
        return _mostly(every, waiting, chance)

    def ask(
        self, desk: Desk, action: str, parameters: dict[str, Any], permission: str, refusal: int | None, *, stolen: bool
    ) -> Asked | None:
        """Ask, which is refused as the model says; the request that waits."""
        model, account = self.model, desk.account
        key = f"key-{len(model.asked)}-{self.moves}"
        body = {"parameters": parameters, "reason": "as agreed"}
        full = model.open(account) >= OPEN_ACTIONS or model.wrong_codes(account) >= WRONG_CODES_IN_ALL
        expected = refusal or (429 if full else 202)
        if not account.may(permission):
            expected = 403
        if not model.use(desk):
            expected = 401
        answer = desk.console.raw("POST", f"/actions/{action}", body, headers={"Idempotency-Key": key})
        assert answer.status_code == expected, (action, answer.text)
        if expected != 202:
            return None
        told = answer.json()["request"]
        return self.keep(told, account, permission=permission, desk=desk, wanted=not stolen, call=(action, body, key))

    def keep(self, told: Any, account: Account, **more: Any) -> Asked:
        """Take a new request into the model; the phone shows it."""
        shown = account.phone.request(told["id"])
        assert shown.details["action"] == told["action"]
        assert told["code"] not in json.dumps(shown.details)
        times = {"created_at": self.model.now, "expires_at": moment(told["expires_at"])}
        desk = more.get("desk")
        place = {"place": desk.place if desk.place in self.model.known else None} if desk else {}
        asked = Asked(
            told["id"], told["action"], account, told["code"], told["qr"], shown, **times, **{**place, **more}
        )
        self.model.asked.append(asked)
        return asked

    # The moves: few, each of them many, so that hardly a play is without one of them

    @rule(seed=SEED)
    def ask_for(self, seed: int) -> None:
        chance = self.chance(seed)
        desk, what = self.desk(chance.choice(WHO), chance), chance.choice(WHAT)
        account, stolen = self.model.accounts[chance.choice(VICTIMS)], chance.random() < 0.2
        match what:
            case "delete":
                asked = self.ask_to_delete_user(desk, chance, stolen=stolen)
            case "permissions":
                asked = self.ask_to_set_permissions(desk, account, chance, stolen=stolen)
            case "disable" | "enable":
                asked = self.ask_to_disable_or_enable(desk, account, enable=what == "enable", stolen=stolen)
            case "create":
                asked = self.ask_to_create_administrator(desk, chance, stolen=stolen)
            case _:
                asked = None
                if self.model.asked:
                    self.ask_once_more(chance)
        if asked and asked.wanted and chance.random() < 0.4:
            self.approve(asked, scanned=chance.random() < 0.5)

    @precondition(lambda self: self.model.asked)
    @rule(seed=SEED)
    def decide(self, seed: int) -> None:
        chance = self.chance(seed)
        match how := chance.choice(DECISIONS):
            case "approve" | "scan":
                if any(asked.wanted for asked in self.model.asked):
                    self.approve(self.request(chance, wanted=True), scanned=how == "scan")
            case "mistype":
                self.mistype(self.request(chance))
            case _:
                self.reject(self.request(chance), how)

    @precondition(lambda self: self.model.asked)
    @rule(seed=SEED)
    def thieve(self, seed: int) -> None:
        chance = self.chance(seed)
        match how := chance.choice(["replay", "replay", "phone", "enrol", *FORGED]):
            case "replay":
                self.replay(chance)
            case "phone":
                self.decide_on_another_phone(self.model.accounts[chance.choice(WHO)].phone, chance)
            case "enrol":
                self.enrol_with_the_password(chance)
            case _:
                self.forge(self.request(chance), how)

    @rule(seed=SEED)
    def come_and_go(self, seed: int) -> None:
        chance = self.chance(seed)
        account = self.model.accounts[chance.choice(WHO)]
        match chance.choice(SESSIONS):
            case "sign in":
                self.sign_in(account, chance, stolen=chance.random() < 0.5)
            case "come in":
                asked = self.sign_in(account, chance, stolen=False)
                if asked is not None:
                    self.approve(asked, scanned=False)
                    self.redeem(asked)
            case "redeem" if any(asked.action == "sign_in" for asked in self.model.asked):
                self.redeem(self.begun(chance))
            case "end":
                self.end_session(chance)
            case "cancel" if self.model.asked:
                self.cancel(chance)

    @rule(seed=SEED)
    def work(self, seed: int) -> None:
        chance = self.chance(seed)
        if chance.random() < 0.5:
            self.read(chance)
        else:
            self.edit_user(chance)

    # What is asked for

    def user(self, chance: Random) -> str:
        """Choose a user, mostly one that is there."""
        return _mostly(list(self.stage.users), list(self.model.users), chance)

    def ask_to_delete_user(self, desk: Desk, chance: Random, *, stolen: bool) -> Asked | None:
        model, chosen = self.model, self.user(chance)
        before = model.users.get(chosen)

        def same() -> bool:
            now = model.users.get(chosen)
            return now is not None and now == before and desk.account.sees(now[1])

        refusal = None if same() else 404
        asked = self.ask(
            desk, "user.delete", {"user": chosen, "mode": "user_only"}, "users.delete", refusal, stolen=stolen
        )
        if asked:
            asked.same, asked.happen = same, lambda: void(model.users.pop(chosen))
        return asked

    def ask_to_set_permissions(self, desk: Desk, account: Account, chance: Random, *, stolen: bool) -> Asked | None:
        model, held = self.model, chance.choice(RIGHTS)
        by, companies = desk.account, chance.choice([None, self.stage.companies[:1]])
        before = account.rights

        def refusal() -> int | None:
            if not by.oversees(account):
                return 404
            if account.role == "provider":
                return 409  # the last one
            above = not by.covers(account.role, account.companies, account.permissions)
            above = above or not by.covers("sub_administrator", companies, frozenset(held))
            return 403 if account is by or above else None

        parameters = {
            "administrator": account.id,
            "role": "sub_administrator",
            "companies": companies,
            "permissions": held,
        }
        action = "administrator.set_permissions"
        asked = self.ask(desk, action, parameters, "administrators.edit", refusal(), stolen=stolen)
        if asked:
            asked.same = lambda: refusal() is None and account.rights == before
            asked.happen = lambda: model.set_rights(account, companies, frozenset(held))
        return asked

    def ask_to_disable_or_enable(self, desk: Desk, account: Account, *, enable: bool, stolen: bool) -> Asked | None:
        model, by, before = self.model, desk.account, account.rights

        def refusal() -> int | None:
            above = not by.covers(account.role, account.companies, account.permissions)
            if not by.oversees(account):
                return 404
            if not enable and (account.role == "provider" or account is by):
                return 409
            if enable and account.enabled:
                return 409
            return 403 if above else None if account.enabled != enable else 409

        action = f"administrator.{'enable' if enable else 'disable'}"
        asked = self.ask(
            desk, action, {"administrator": account.id}, "administrators.edit", refusal(), stolen=stolen
        )
        if asked:
            asked.same = lambda: refusal() is None and account.rights == before
            asked.happen = lambda: setattr(account, "enabled", True) if enable else model.disable(account)
        return asked

    def ask_to_create_administrator(self, desk: Desk, chance: Random, *, stolen: bool) -> Asked | None:
        model, held = self.model, chance.choice(RIGHTS)
        by, role = desk.account, chance.choice(["provider", "sub_administrator", "sub_administrator"])
        self.names += chance.random() < 0.7
        name = f"made-{self.names}"

        def refusal() -> int | None:
            if not by.covers(role, None, frozenset(held)):
                return 403
            made = model.made.get(name)
            return 409 if made and not by.covers(made[0], made[1], frozenset(made[2])) else None

        before = model.made.get(name)
        parameters = {"username": name, "email": "m@n.example", "role": role, "permissions": held}
        asked = self.ask(desk, "administrator.create", parameters, "administrators.edit", refusal(), stolen=stolen)
        if asked:
            asked.same = lambda: refusal() is None and model.made.get(name) == before
            asked.happen = lambda: model.made.update({name: (role, None, sorted(held))})
        return asked

    def ask_once_more(self, chance: Random) -> None:
        """Repeat a call with its Idempotency-Key: the same request, as it is now."""
        asked = self.request(chance)
        if asked.desk is None or asked.created_at + 86_000 < self.model.now:
            return
        action, body, key = asked.call
        chosen = chance.choice([each for each in self.model.desks if each.account is asked.account])
        living = self.model.use(chosen)
        answer = chosen.console.raw("POST", f"/actions/{action}", body, headers={"Idempotency-Key": key})
        assert answer.status_code == (202 if living else 401), answer.text
        if living:
            told = answer.json()["request"]
            assert (told["id"], told["status"]) == (asked.id, asked.status_at(self.model.now))
            assert (told["code"] is not None) == (chosen is asked.desk and told["status"] == "pending")

    # What the phones decide

    def approve(self, asked: Asked, *, scanned: bool) -> None:
        code = asked.qr.rpartition("#a=")[2] if scanned else asked.code
        body = asked.account.phone.sealed_decision(asked.shown, "approve", code=self.scanned(code) if scanned else code)
        expected = self.over(asked)
        if expected is None:
            self.sent.append((asked, body))
            expected = 200
            if not asked.account.may(asked.permission) or not asked.same():
                asked.end("void")
            else:
                asked.status = "executed"
                asked.events += ["approved", "executed"]
                asked.happen()
        assert self.send(asked.account.phone, asked, body) == expected

    @staticmethod
    def scanned(fragment: str) -> str:
        """Return what a phone takes from the QR code: the last 16 bytes."""
        return protocol.b64u(protocol.unb64u(fragment)[-16:])

    def reject(self, asked: Asked, reason: str) -> None:
        body = asked.account.phone.sealed_decision(asked.shown, "reject", reason=reason)
        expected = self.over(asked)
        if expected is None:
            self.sent.append((asked, body))
            expected = 200
            asked.end("rejected")
            if reason == "not_me":
                if asked.desk is not None:
                    self.model.end_desk(asked.desk)
                if asked.place is not None:
                    self.model.end_place(asked.account, asked.place)
        assert self.send(asked.account.phone, asked, body) == expected

    def mistype(self, asked: Asked) -> None:
        wrong = f"{(int(asked.code) + 1) % 1_000_000:06d}"
        body = asked.account.phone.sealed_decision(asked.shown, "approve", code=wrong)
        expected = self.over(asked)
        if expected is None:
            expected = 422
            asked.wrong += 1
            asked.events.append("wrong_code")
            if asked.wrong == WRONG_CODES:
                asked.end("void")
            if self.model.wrong_codes(asked.account) >= WRONG_CODES_IN_ALL:
                for each in self.model.asked:
                    if each.account is asked.account:
                        self.model.leave(each, "void")
        assert self.send(asked.account.phone, asked, body) == expected

    def over(self, asked: Asked) -> int | None:
        """Return how a decision on what does not wait is answered; null where it waits."""
        status = asked.status_at(self.model.now)
        if status != "pending":
            return 410 if status == "expired" else 409
        if asked.desk is not None and asked.desk.began + ABSOLUTE <= self.model.now:
            self.model.end_desk(asked.desk)
            return 409
        return None

    @staticmethod
    def send(phone: SoftwarePhone, asked: Asked, body: bytes) -> int:
        """Send a decision; how it is answered."""
        return status_of(lambda: phone.send(asked.id, body))

    # What a thief does who has passwords, sessions and messages, but no phone's keys

    def replay(self, chance: Random) -> None:
        if not self.sent:
            return
        asked, (first, body) = self.request(chance), chance.choice(self.sent)
        expected = 404 if first.account is not asked.account else self.over(asked) or 400
        assert self.send(first.account.phone, asked, body) == expected

    def forge(self, asked: Asked, how: str) -> None:
        phone, shown, thief = asked.account.phone, asked.shown, SoftwarePhone(None)
        thief.origin, thief.device, thief.dsk, thief.passkey = phone.origin, phone.device, phone.dsk, phone.passkey
        match how:
            case "his own keys":
                thief.dsk, thief.passkey = SoftwarePhone(None).dsk, SoftwarePhone(None).passkey
            case "other details":
                shown = Shown(shown.id, shown.status, shown.raw.replace(b'"reason":"', b'"reason":"x'), shown.details)
            case "no passkey":
                thief.passkey = SoftwarePhone(None).passkey
            case _:
                thief.passkey = type(phone.passkey)(phone.passkey.key, phone.passkey.id, unlocks=False)
        body = thief.sealed_decision(shown, "approve", code=asked.code)
        expected = self.over(asked)
        if expected is None:
            expected = 403
            asked.events.append("refused")
        assert self.send(phone, asked, body) == expected

    def decide_on_another_phone(self, phone: SoftwarePhone, chance: Random) -> None:
        asked = self.request(chance)
        if asked.account.phone is phone:
            return
        body = phone.sealed_decision(asked.shown, "approve", code=asked.code)
        assert self.send(phone, asked, body) == 404

    def enrol_with_the_password(self, chance: Random) -> None:
        desk = self.desk(chance.choice(WHO), chance)
        expected = 409 if self.model.use(desk) else 401
        assert desk.console.raw("POST", "/enrolments", {"password": desk.account.password}).status_code == expected

    # Sessions

    def sign_in(self, account: Account, chance: Random, *, stolen: bool) -> Asked | None:
        model = self.model
        place = chance.choice([None, *(place for place, (owner, _) in model.known.items() if owner is account)])
        desk = TestConsole(self.server.url)
        desk.known = model.known[place][1] if place is not None else None
        expected = 202
        if model.wrong_codes(account) >= WRONG_CODES_IN_ALL:
            expected = 429
        if not account.enabled:
            expected = 401
        body = {"username": account.name, "password": account.password, "console": desk.known, **desk._claims}
        answer = desk.raw("POST", "/sessions", body)
        assert answer.status_code == expected, answer.text
        if expected != 202:
            return None
        for asked in model.asked:
            if asked.action == "sign_in" and asked.account is account and asked.place == place:
                model.leave(asked, "cancelled")
        told = answer.json()
        more = {"desk": None, "place": place, "wanted": not stolen}
        return self.keep(told["request"], account, **more, wait_token=told["wait_token"])

    def begun(self, chance: Random) -> Asked:
        """Choose a sign-in, mostly one that was approved."""
        every = [asked for asked in self.model.asked if asked.action == "sign_in"]
        return _mostly(every, [each for each in every if each.status == "executed" and not each.redeemed], chance)

    def redeem(self, asked: Asked) -> None:
        model = self.model
        status = asked.status_at(model.now)
        expected = {"pending": 202, "expired": 410, "executed": 201}.get(status, 403)
        if expected == 201 and (asked.redeemed or model.now >= asked.expires_at + REDEEM_FOR):
            expected = 401
        console = TestConsole(self.server.url)
        answer = console.raw("POST", "/sessions/complete", {"wait_token": asked.wait_token})
        assert answer.status_code == expected, answer.text
        if expected != 201:
            return
        assert asked.wanted
        asked.redeemed, told, place = True, answer.json(), asked.place
        console.token = told["token"]
        assert (told["console"] is None) == (place is not None and place in model.known)
        if told["console"]:
            place = 1000 + len(model.desks)
            model.known[place] = asked.account, told["console"]
        assert place is not None
        model.desks.append(Desk(asked.account, console, place, model.now, model.now))

    def end_session(self, chance: Random) -> None:
        who = chance.choice(WHO)
        desk, ended = self.desk(who, chance), self.desk(chance.choice([who, *WHO]), chance)
        [(session,)] = self.database.execute(
            "SELECT id FROM sessions WHERE token_hash = ?", (hashed(ended.console.token),)
        )
        expected = 401
        if self.model.use(desk):
            expected = 204 if ended.account is desk.account and not ended.ended else 404
        assert desk.console.raw("DELETE", f"/sessions/{session}").status_code == expected
        if expected == 204:
            self.model.end_desk(ended)

    def cancel(self, chance: Random) -> None:
        desk, asked = self.desk(chance.choice(WHO), chance), self.request(chance)
        expected = 401
        if self.model.use(desk):
            expected = 404
            if desk.account is asked.account or desk.account.role == "provider":
                expected = 200 if self.model.leave(asked, "cancelled") else 409
        assert desk.console.raw("POST", f"/requests/{asked.id}/cancel").status_code == expected

    # What else goes on

    def edit_user(self, chance: Random) -> None:
        model, desk, chosen = self.model, self.desk(chance.choice(WHO), chance), self.user(chance)
        move, company = chance.random() < 0.3, chance.choice(self.stage.companies)
        now = model.users.get(chosen)
        expected = 200 if now and desk.account.sees(now[1]) and (not move or desk.account.sees(company)) else 404
        if not desk.account.may("users.edit"):
            expected = 403
        if not model.use(desk):
            expected = 401
        name = f"Renamed {self.moves}"
        answer = desk.console.raw("PATCH", f"/users/{chosen}", {"company": company} if move else {"name": name})
        assert answer.status_code == expected, answer.text
        if expected == 200 and now:
            model.users[chosen] = (now[0], company) if move else (name, now[1])

    def read(self, chance: Random) -> None:
        """I7: everybody reads what is his, or lies in his companies, and nothing else."""
        model, desk = self.model, self.desk(chance.choice(WHO), chance)
        if not model.use(desk):
            assert desk.console.raw("GET", "/me").status_code == 401
            return
        account, every = desk.account, desk.account.role == "provider"
        if model.asked:
            asked = self.request(chance)
            answer = desk.console.raw("GET", f"/requests/{asked.id}")
            assert answer.status_code == (200 if every or asked.account is account else 404)
            if answer.status_code == 200:
                told, status = answer.json(), asked.status_at(model.now)
                assert told["status"] == status
                assert (told["code"] is not None) == (asked.desk is desk and status == "pending")
        mine = [each.id for each in reversed(model.asked) if every or each.account is account][:40]
        listed = [each["id"] for each in desk.console.call("GET", "/requests", params={"limit": 500})["items"]]
        assert [each for each in listed if each in {asked.id for asked in model.asked}][:40] == mine
        chosen = self.user(chance)
        visible = chosen in model.users and account.sees(model.users[chosen][1])
        assert desk.console.raw("GET", f"/users/{chosen}").status_code == (200 if visible else 404)
        assert desk.console.raw("GET", "/audit").status_code == (200 if account.may("audit.view") else 403)

    @rule(seed=SEED)
    def wait(self, seed: int) -> None:
        chance = self.chance(seed)
        self.move(chance.choice(MOMENTS))

    def move(self, seconds: int) -> None:
        self.server.move(seconds)
        self.model.now = self.server.time

    @precondition(lambda self: self.moves >= MOVES_BETWEEN_CRASHES)
    @rule()
    def crash(self) -> None:
        """I6: what was answered is there, and nothing else."""
        self.moves = 0
        self.server.kill()
        self.server.start()

    # What must hold after every move

    @invariant()
    def happened_what_was_approved(self) -> None:
        """I1, I2: users, rights and sessions are what the phones' approvals made of them."""
        self.moves += 1
        model = self.model
        found = {user: (name, company) for user, name, company in self.rows("SELECT id, name, company_id FROM users")}
        assert {user: company for user, (_, company) in found.items()} == {
            user: company for user, (_, company) in model.users.items()
        }
        assert all(name in ("", found[user][0]) for user, (name, _) in model.users.items())
        held = "SELECT username, role, companies, permissions, disabled_at IS NULL, method FROM administrators"
        rights = {row[0]: (row[1], json.loads(row[2] or "null"), json.loads(row[3]), row[4]) for row in self.rows(held)}
        expected = {
            account.name: (account.role, account.companies, sorted(account.permissions), account.enabled)
            for account in model.accounts.values()
        }
        assert rights == expected | {name: (*made, True) for name, made in model.made.items()}
        assert {row[5] for row in self.rows(held) if row[0] in expected} == {"phone"}
        living = [row[0] for row in self.rows("SELECT token_hash FROM sessions WHERE ended_at IS NULL")]
        assert set(living) == {hashed(desk.console.token) for desk in model.desks if not desk.ended}

    @invariant()
    def every_request_is_where_it_should_be(self) -> None:
        """I4, I5: one state, entered once, written once, in a chain that only grows."""
        model = self.model
        states = dict(self.rows("SELECT id, status FROM requests"))
        for asked in model.asked:
            assert states[asked.id] == asked.status, (asked.action, asked.events)
        number, last = self.chain
        for at, body, found, event, request in self.rows(
            "SELECT number, body, hash, event, request FROM audit WHERE number > ? ORDER BY number", number
        ):
            last = chained(last, bytes(body))
            assert (at, last) == (number + 1, bytes(found))
            number = at
            if request is not None and event.startswith("request:"):
                self.written.setdefault(request, []).append(event.removeprefix("request:"))
        if (number, last) != self.chain:
            self.chain = number, last
            self.checkpoints.append(self.chain)
        for asked in model.asked:
            assert self.written[asked.id] == asked.events, asked.action

    def rows(self, statement: str, *values: Any) -> list[Any]:
        """Look into the database."""
        return self.database.execute(statement, values).fetchall()

    def teardown(self) -> None:
        """Let the time of everything run out, and look through all that is left."""
        try:
            self.look_back()
        finally:
            self.database.close()
            self.server.stop()

    def look_back(self) -> None:
        """I3: nothing stays open; I5: every earlier log is a beginning of this one; I8: no secret lies about."""
        self.move(601)
        for asked in self.model.asked:
            assert asked.status_at(self.model.now) != "pending"
            assert asked.wanted or asked.status != "executed"
        last, hashes = GENESIS, dict[int, bytes]()
        for at, body in self.rows("SELECT number, body FROM audit ORDER BY number"):
            last = hashes[at] = chained(last, bytes(body))
        assert all(hashes[at] == found for at, found in self.checkpoints)
        secrets = {desk.console.token for desk in self.model.desks}
        secrets |= {secret for _, secret in self.model.known.values()}
        secrets |= {asked.wait_token for asked in self.model.asked if asked.wait_token}
        secrets |= {account.password for account in self.model.accounts.values()}
        secrets |= {asked.qr.rpartition("#a=")[2] for asked in self.model.asked}
        files = [file for file in self.server.data.iterdir() if file.name != "lock"]
        written = b"".join(file.read_bytes() for file in files) + self.server.log().encode()
        assert not [secret for secret in secrets if secret.encode() in written]
        statuses = [json.loads(line).get("status") for line in self.server.log().splitlines() if line.startswith("{")]
        assert not [status for status in statuses if status is not None and status >= 500]


def _mostly(every: list[Item], rather: list[Item], chance: Random) -> Item:
    """Choose one of all, four times of five one of `rather`."""
    return chance.choice(rather if rather and chance.random() < 0.8 else every)


def void(_: object) -> None:
    """Return nothing."""


def hashed(token: str) -> bytes:
    """Return how the database knows a session."""
    return ids.hashed(token)
