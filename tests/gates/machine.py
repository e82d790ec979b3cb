"""A play of three administrators, their phones and a thief, at random, over real HTTP: what happens is what should.

The thief has every password, every session, and every message that a phone has sent; only the phones' keys are not
his. After each move the database, which is what happened, is held against the model, which is what the phones really
approved (I1 to I6 of the invariants), and what each account reads against what it may (I7); at the end everything is
looked through for secrets (I8).
"""

import json
from typing import Any

from hypothesis import strategies as st
from hypothesis.stateful import invariant, precondition, rule
from typing_extensions import override

from server.domain.audit import GENESIS, chained
from tests.gates.model import (
    ABSOLUTE,
    WRONG_CODES,
)
from tests.gates.moves import WHO, Moves, hashed

SEED = st.integers(0, 2**32 - 1)
VICTIMS = ["jonas", "jonas", "kofi", "kofi", "amelia"]
WHAT = [*(["delete"] * 4), "permissions", "permissions", "disable", "enable", "create", "again", "policy"]
SESSIONS = ["sign in", "come in", "redeem", "end", "cancel", "cancel"]
FORGED = ["another key", "another passkey", "other details", "locked"]
DECISIONS = [*(["approve"] * 5), "scan", "", "cancelled", "not_me", "mistype", "guess"]
MOMENTS = [*([1, 5, 10, 30] * 5), 60, 119, 120, 121, 299, 300, 1800, 3599, 3600, ABSOLUTE - 60, ABSOLUTE]
MOVES_BETWEEN_CRASHES = 25
LEFT = (
    "SELECT administrator_id, count(*) FROM recovery_codes WHERE used_at IS NULL AND ended_at IS NULL"
    " GROUP BY administrator_id"
)


class Machine(Moves):
    """One play."""

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
            case "policy":
                asked = self.ask_to_change_policy(desk, chance, stolen=stolen)
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
            case "guess":
                asked = self.request(chance)
                for _ in range(WRONG_CODES + 1):
                    self.mistype(asked)
            case _:
                self.reject(self.request(chance), how)

    @precondition(lambda self: self.model.asked)
    @rule(seed=SEED)
    def thieve(self, seed: int) -> None:
        chance = self.chance(seed)
        match how := chance.choice(["replay", "replay", "phone", "enrol", "code", *FORGED]):
            case "replay":
                self.replay(chance)
            case "phone":
                self.decide_on_another_phone(self.model.accounts[chance.choice(WHO)], chance)
            case "enrol":
                self.enrol(self.desk(chance.choice(WHO), chance), stolen=True)
            case "code":
                self.guess_recovery_codes(chance)
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
    def come_back_in(self, seed: int) -> None:
        chance = self.chance(seed)
        account = self.model.accounts[chance.choice(WHO)]
        match chance.choice(["code", "lost", "report", "old phone", "old phone", "by code"]):
            case "code" | "lost" as how:
                self.come_back(account, chance, lost=how == "lost")
            case "report":
                self.report_lost(self.desk_of(account, chance), chance)
            case how:
                desk = self.desk_of(account, chance)
                asked = self.enrol(desk, stolen=False)
                if asked and how == "old phone":
                    self.approve(asked, scanned=chance.random() < 0.5)
                elif asked and account.codes:
                    self.confirm_by_code(asked, desk, chance.choice(account.codes))

    @rule(seed=SEED)
    def work(self, seed: int) -> None:
        chance = self.chance(seed)
        if chance.random() < 0.5:
            self.read(chance)
        else:
            self.edit_user(chance)

    @rule(seed=SEED)
    def wait(self, seed: int) -> None:
        chance = self.chance(seed)
        self.move(chance.choice(MOMENTS))

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
        active = dict(self.rows("SELECT administrator_id, id FROM devices WHERE status = 'active'"))
        assert active == {account.id: account.phone.device for account in model.accounts.values()}
        left = dict(self.rows(LEFT))
        assert {account.id: left.get(account.id, 0) for account in model.accounts.values()} == {
            account.id: len(account.codes) for account in model.accounts.values()
        }
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

    @override
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
        secrets |= {code for account in self.model.accounts.values() for code in self.stage.codes(account.name)}
        secrets |= {asked.qr.rpartition("#a=")[2] for asked in self.model.asked}
        files = [file for file in self.server.data.iterdir() if file.name != "lock"]
        written = b"".join(file.read_bytes() for file in files) + self.server.log().encode()
        assert not [secret for secret in secrets if secret.encode() in written]
        statuses = [json.loads(line).get("status") for line in self.server.log().splitlines() if line.startswith("{")]
        assert not [status for status in statuses if status is not None and status >= 500]
