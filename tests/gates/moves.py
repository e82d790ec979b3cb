"""What can be done in the machine's play, each with what the model says of it: how it is answered, what it changes."""

import json
import re
import sqlite3
from random import Random
from typing import Any, ClassVar, TypeVar

from hypothesis.stateful import RuleBasedStateMachine

from desktop.demo.phone import Shown, SoftwarePhone
from server import protocol
from server.domain.audit import GENESIS
from server.store import ids
from tests.gates.model import (
    ABSOLUTE,
    OPEN_ACTIONS,
    RECOVERED_FOR,
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
from tests.living import CLAIMS, TestConsole
from tests.proving import status_of

WHO = ["amelia", "amelia", "kofi", "kofi", "jonas"]
RIGHTS = [
    [],
    ["users.delete"],
    ["users.edit", "users.delete", "administrators.edit"],
    ["users.edit", "users.delete", "administrators.edit"],
    ["users.edit", "users.delete", "administrators.edit", "audit.view"],
    ["policy.edit"],
]
Item = TypeVar("Item")


class Moves(RuleBasedStateMachine):
    """A play, and all that can be done in it."""

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
        call, wanted = (action, body, key), not stolen
        return self.keep(told, account, permission=permission, desk=desk, place=desk.place, wanted=wanted, call=call)

    def keep(
        self,
        told: Any,
        account: Account,
        *,
        desk: Desk | None,
        place: int | None,
        wanted: bool,
        permission: str | None = None,
        call: tuple[str, dict[str, Any], str] = ("", {}, ""),
        wait_token: str = "",
    ) -> Asked:
        """Take a new request into the model; the phone shows it."""
        shown = account.phone.request(told["id"])
        assert shown.details["action"] == told["action"]
        digits = rf"(?<![\w-]){told['code']}(?![\w-])"  # not those of a time or an id, by chance
        assert not re.search(digits, json.dumps(shown.details))
        asked = Asked(
            told["id"],
            told["action"],
            account,
            told["code"],
            told["qr"],
            shown,
            created_at=self.model.now,
            expires_at=moment(told["expires_at"]),
            phone=account.phone,
            desk=desk,
            place=place,
            wanted=wanted,
            permission=permission,
            call=call,
            wait_token=wait_token,
        )
        self.model.asked.append(asked)
        return asked

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
        asked = self.ask(desk, action, {"administrator": account.id}, "administrators.edit", refusal(), stolen=stolen)
        if asked:
            asked.same = lambda: refusal() is None and account.rights == before
            asked.happen = lambda: setattr(account, "enabled", True) if enable else model.disable(account)
        return asked

    def ask_to_create_administrator(self, desk: Desk, chance: Random, *, stolen: bool) -> Asked | None:
        model, sent = self.model, chance.choice(RIGHTS)
        by, role = desk.account, chance.choice(["provider", "sub_administrator", "sub_administrator"])
        held = [] if role == "provider" else sent  # who may everything
        self.names += chance.random() < 0.7
        name = f"made-{self.names}"

        def refusal() -> int | None:
            if not by.covers(role, None, frozenset(held)):
                return 403
            made = model.made.get(name)
            return 409 if made and not by.covers(made[0], made[1], frozenset(made[2])) else None

        before = model.made.get(name)
        parameters = {"username": name, "email": "m@n.example", "role": role, "permissions": sent}
        asked = self.ask(desk, "administrator.create", parameters, "administrators.edit", refusal(), stolen=stolen)
        if asked:
            asked.same = lambda: refusal() is None and model.made.get(name) == before
            asked.happen = lambda: model.made.update({name: (role, None, sorted(held))})
        return asked

    def ask_to_change_policy(self, desk: Desk, chance: Random, *, stolen: bool) -> Asked | None:
        model, by = self.model, desk.account
        before, after = model.lifetime, chance.choice([60, 120, 300])

        def refusal() -> int | None:
            return (
                403 if by.role != "provider" and by.companies is not None else 409 if after == model.lifetime else None
            )

        asked = self.ask(desk, "policy.change", {"request_lifetime": after}, "policy.edit", refusal(), stolen=stolen)
        if asked:
            asked.same = lambda: refusal() is None and model.lifetime == before
            asked.happen = lambda: setattr(model, "lifetime", after)
        return asked

    def ask_once_more(self, chance: Random) -> None:
        """Repeat a call with its Idempotency-Key: the same request, as it is now."""
        asked = self.request(chance)
        if not asked.call[0] or asked.created_at + 86_000 < self.model.now:
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
        body = asked.phone.sealed_decision(asked.shown, "approve", code=self.scanned(code) if scanned else code)
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
        assert self.send(asked.phone, asked, body) == expected

    @staticmethod
    def scanned(fragment: str) -> str:
        """Return what a phone takes from the QR code: the last 16 bytes."""
        return protocol.b64u(protocol.unb64u(fragment)[-16:])

    def reject(self, asked: Asked, reason: str) -> None:
        body = asked.phone.sealed_decision(asked.shown, "reject", reason=reason)
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
        assert self.send(asked.phone, asked, body) == expected

    def mistype(self, asked: Asked) -> None:
        wrong = f"{(int(asked.code) + 1) % 1_000_000:06d}"
        body = asked.phone.sealed_decision(asked.shown, "approve", code=wrong)
        expected = self.over(asked)
        if expected is None:
            expected = 422
            asked.wrong += 1
            asked.events.append("wrong_code")
            if asked.wrong + asked.guessed == WRONG_CODES:
                asked.end("void")
            if self.model.wrong_codes(asked.account) >= WRONG_CODES_IN_ALL:
                for each in self.model.asked:
                    if each.account is asked.account:
                        self.model.leave(each, "void")
        assert self.send(asked.phone, asked, body) == expected

    def over(self, asked: Asked) -> int | None:
        """Return how a decision on what does not wait is answered; null where it waits."""
        if asked.phone is not asked.account.phone:
            return 401
        if not asked.account.enabled:
            return 403
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
        expected = 404 if first.phone is not asked.phone else self.over(asked) or 400
        if not first.account.enabled:
            expected = 403
        if first.phone is not first.account.phone:
            expected = 401
        assert self.send(first.phone, asked, body) == expected

    def forge(self, asked: Asked, how: str) -> None:
        phone, shown, thief = asked.phone, asked.shown, SoftwarePhone(None)
        thief.origin, thief.device, thief.dsk, thief.passkey = phone.origin, phone.device, phone.dsk, phone.passkey
        match how:
            case "another key":
                thief.dsk = SoftwarePhone(None).dsk
            case "other details":
                shown = Shown(shown.id, shown.status, shown.raw.replace(b'"reason":"', b'"reason":"x'), shown.details)
            case "another passkey":
                thief.passkey = type(phone.passkey)(id=phone.passkey.id)
            case _:
                thief.passkey = type(phone.passkey)(phone.passkey.key, phone.passkey.id, unlocks=False)
        body = thief.sealed_decision(shown, "approve", code=asked.code)
        expected = self.over(asked)
        if expected is None:
            expected = 403
            asked.events.append("refused")
        assert self.send(phone, asked, body) == expected

    def decide_on_another_phone(self, account: Account, chance: Random) -> None:
        asked, phone = self.request(chance), account.phone
        if asked.account is account:
            return
        body = phone.sealed_decision(asked.shown, "approve", code=asked.code)
        assert self.send(phone, asked, body) == (404 if account.enabled else 403)

    def guess_recovery_codes(self, chance: Random) -> None:
        """Try codes that are none, or were used, on a sign-in or a change of the phone."""
        asked = self.request(chance)
        used = [code for code in self.stage.codes(asked.account.name) if code not in asked.account.codes]
        code = chance.choice(["0000-0000-0000-0000", *used])
        if asked.action == "sign_in":
            self.recover(asked, code)
        else:
            self.confirm_by_code(asked, self.desk_of(asked.account, chance), code)

    # Another phone, a recovery code

    def desk_of(self, account: Account, chance: Random) -> Desk:
        """Choose a session of an account, mostly one that lives."""
        mine = [desk for desk in self.model.desks if desk.account is account]
        return _mostly(mine, [desk for desk in mine if self.model.lives(desk)], chance)

    def enrol(self, desk: Desk, *, stolen: bool) -> Asked | None:
        """Set up another phone, the owner's or a thief's who has session and password; the request that waits.

        In a session that a recovery code opened a short while ago it is done at once.
        """
        model, account = self.model, desk.account
        new = SoftwarePhone(None, f"Phone {self.moves}-{len(model.asked)}")
        living = model.use(desk)
        recovered = desk.recovered is not None and model.now < desk.recovered + RECOVERED_FOR
        elsewhere = not recovered and any(
            asked.account is account and asked.action == "device.change" and asked.desk is not desk
            for asked in model.asked
            if asked.status_at(model.now) == "pending"
        )
        answer = desk.console.raw("POST", "/enrolments", {"password": account.password})
        assert answer.status_code == (401 if not living else 403 if elsewhere else 201), answer.text
        if not living or elsewhere:
            return None
        for asked in model.asked:
            if asked.account is account and asked.action == "device.change":
                model.leave(asked, "void")
        started = answer.json()
        digits = new.enrol(started["qr"], account.name, account.password)
        answer = desk.console.raw("POST", f"/enrolments/{started['id']}/confirm", {"sas": digits})
        full = model.wrong_codes(account) >= WRONG_CODES_IN_ALL
        assert answer.status_code == (429 if full else 202), answer.text
        if full:
            return None
        told = answer.json()["request"]
        if recovered:
            assert told["status"] == "executed"
            desk.recovered = None
            model.change_phone(desk, new)
            return None
        asked = self.keep(told, account, desk=desk, place=desk.place, wanted=not stolen)
        asked.happen = lambda: model.change_phone(desk, new)
        return asked

    def confirm_by_code(self, asked: Asked, desk: Desk, code: str) -> None:
        """Confirm from a session of the account, which counts for a change of the phone alone."""
        model, account = self.model, asked.account
        status = asked.status_at(model.now)
        expected = 410 if status == "expired" else 409 if status != "pending" else None
        if asked.action == "device.change" and asked.desk is not desk:
            expected = 403
        if expected is None and asked.action != "device.change":
            expected = 403
        if expected is None and model.guessed_out(account, desk.place):
            expected = 429
        if not model.use(desk):
            expected = 401
        if expected is None and asked.desk is not None and asked.desk.began + ABSOLUTE <= model.now:
            model.end_desk(asked.desk)
            expected = 409
        if expected is None:
            expected = self.count_code(asked, code, desk.place) or 200
        answer = desk.console.raw("POST", f"/requests/{asked.id}/recovery", {"code": code})
        assert answer.status_code == expected, answer.text

    def count_code(self, asked: Asked, code: str, place: int | None) -> int | None:
        """Use a code up on what waits; 422 where it is none."""
        account = asked.account
        if code not in account.codes:
            account.guesses.append((self.model.now, place))
            asked.guessed += 1
            asked.events.append("wrong_code")
            if asked.wrong + asked.guessed == WRONG_CODES:
                asked.end("void")
            return 422
        assert asked.wanted
        account.codes.remove(code)
        asked.status = "executed"
        asked.events += ["approved", "executed"]
        asked.happen()
        return None

    def recover(self, asked: Asked, code: str, *, lost: bool = False) -> Desk | None:
        """Sign in with a recovery code, and with `lost` cut the phone off; the session."""
        model, account = self.model, asked.account
        status = asked.status_at(model.now)
        expected = 410 if status == "expired" else 409 if status != "pending" else None
        if expected is None and model.guessed_out(account, asked.place):
            expected = 429
        if expected is None:
            expected = 401 if self.count_code(asked, code, asked.place) else 201
        console = TestConsole(self.server.url)
        body = {"wait_token": asked.wait_token, "code": code}
        answer = console.raw("POST", "/sessions/lost-phone" if lost else "/sessions/recovery", body)
        assert answer.status_code == expected, answer.text
        if expected != 201:
            return None
        desk = self.opened(asked, console, answer.json())
        desk.recovered = model.now
        return desk

    def come_back(self, account: Account, chance: Random, *, lost: bool) -> None:
        """Sign in with a recovery code, and set another phone up; with `lost` the one before is cut off first."""
        model = self.model
        asked = self.sign_in(account, chance, stolen=False)
        if asked is None or not account.codes or model.guessed_out(account, asked.place):
            return
        desk = self.recover(asked, chance.choice(account.codes), lost=lost)
        assert desk is not None
        if lost:
            for each in model.asked:
                if each.account is account:
                    model.leave(each, "void")
            model.end_others(desk)
        if lost or chance.random() < 0.5:
            self.enrol(desk, stolen=False)

    def report_lost(self, desk: Desk, chance: Random) -> None:
        """Report the phone as lost from a session with a code, and set another one up with a second one."""
        model, account = self.model, desk.account
        full = model.wrong_codes(account) >= WRONG_CODES_IN_ALL or model.guessed_out(account, desk.place)
        if full or len(account.codes) < 2 or not model.use(desk):
            return
        code = account.codes.pop()
        assert desk.console.report_lost(code, account.password)["device"] is None
        for each in model.asked:
            if each.account is account:
                model.leave(each, "void")
        model.end_others(desk)
        new, code = SoftwarePhone(None, f"Phone {self.moves}"), chance.choice(account.codes)
        request = desk.console.enrol(new, account.name, account.password)
        if request["status"] == "pending":
            assert request["methods"] == ["recovery_code"]
            account.codes.remove(code)
            request = desk.console.call("POST", f"/requests/{request['id']}/recovery", {"code": code})["request"]
        else:
            assert desk.recovered is not None
            desk.recovered = None
        assert request["status"] == "executed"
        model.change_phone(desk, new)

    # Sessions

    def sign_in(self, account: Account, chance: Random, *, stolen: bool) -> Asked | None:
        model = self.model
        place = chance.choice([None, *(place for place, (owner, _) in model.known.items() if owner is account)])
        desk = TestConsole(self.server.url)
        secret = model.known[place][1] if place is not None else None
        expected = 202
        if model.wrong_codes(account) >= WRONG_CODES_IN_ALL:
            expected = 429
        if not account.enabled:
            expected = 401
        body = {"username": account.name, "password": account.password, "console": secret, **CLAIMS}
        answer = desk.raw("POST", "/sessions", body)
        assert answer.status_code == expected, answer.text
        if expected != 202:
            return None
        for asked in model.asked:
            if asked.action == "sign_in" and asked.account is account and asked.place == place:
                model.leave(asked, "cancelled")
        told = answer.json()
        request, token = told["request"], told["wait_token"]
        return self.keep(request, account, desk=None, place=place, wanted=not stolen, wait_token=token)

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
        self.opened(asked, console, answer.json())

    def opened(self, asked: Asked, console: TestConsole, told: Any) -> Desk:
        """Take the session that a sign-in has opened into the model."""
        model, place = self.model, asked.place
        asked.redeemed = True
        console.token = told["token"]
        assert (told["console"] is None) == (place is not None and place in model.known)
        if told["console"]:
            place = 1000 + len(model.desks)
            model.known[place] = asked.account, told["console"]
        assert place is not None
        model.desks.append(Desk(asked.account, console, place, model.now, model.now))
        return model.desks[-1]

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
            own, signs_in = desk.account is asked.account, asked.action == "sign_in"
            about = desk.account.id in {each.get("id") for each in asked.shown.details["target"]}
            if own or desk.account.role == "provider":
                changes = asked.action == "device.change" and asked.desk is not desk
                kept = changes or (signs_in and asked.place is not None) if own else signs_in or about
                expected = 403 if kept else 200 if self.model.leave(asked, "cancelled") else 409
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

    def move(self, seconds: int) -> None:
        self.server.move(seconds)
        self.model.now = self.server.time


def _mostly(every: list[Item], rather: list[Item], chance: Random) -> Item:
    """Choose one of all, four times of five one of `rather`."""
    return chance.choice(rather if rather and chance.random() < 0.8 else every)


def void(_: object) -> None:
    """Return nothing."""


def hashed(token: str) -> bytes:
    """Return how the database knows a session."""
    return ids.hashed(token)
