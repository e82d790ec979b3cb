"""Enrolments on the phone's side: the keys to seal to, the claim (protocol, section 1), and its owner's *stop*."""

import hmac
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import select, update

from server import passkeys, protocol
from server.contract.enrolment import EnrolmentStatus
from server.contract.message import visible
from server.contract.notice import NoticeKind
from server.contract.problem import Problem
from server.contract.topic import Topic
from server.domain.audit import Event
from server.push import host_of, is_subscription
from server.services import pins
from server.services.enrolments import place, status_of
from server.store import tables
from server.store.audit_log import Source, record
from server.store.endings import OPEN_ENROLMENT, end_enrolment
from server.store.ids import new_id
from server.store.notices import tell
from server.store.work import Work

WRONG_PASSWORDS = 5
_MEMBERS = {"username", "password", "name", "platform", "dsk", "dhk", "webauthn", "mac", "sig"}


@dataclass(frozen=True)
class UnlockedBy:
    """A passkey, or the verifier of a PIN."""

    credential_id: bytes | None = None
    cose: bytes | None = None
    pin: bytes | None = None


@dataclass(frozen=True)
class Claim:
    """A claim whose secret, signature and passkey were found right; the password is yet to be checked, where needed."""

    enrolment: str
    username: str
    password: str
    name: str
    platform: str
    dsk: bytes
    dhk: bytes
    unlocked_by: UnlockedBy
    push: dict[str, Any] | None
    transcript: bytes
    password_hash: str | None
    asks_password: bool


@dataclass(frozen=True)
class Unverified:
    """A claim whose secret, signature or passkey does not hold, and what the phone is told."""

    why: str
    problem: Problem


def bundle(work: Work, enrolment: str, now: datetime) -> bytes:
    """Return `SSK_pub | EHK_pub`; consumes nothing."""
    return work.keys.ssk_point + _living(work, enrolment, now).ehk_point


def _living(work: Work, enrolment: str, now: datetime) -> tables.Enrolment:
    row = work.session.get(tables.Enrolment, enrolment)
    if row is None:
        raise Problem(404, "enrolment_not_found", "This code is not known here", "Make a new one in the console.")
    if status_of(row, now) is not EnrolmentStatus.PENDING:
        raise Problem(
            410, "enrolment_over", "This code was used, or its time is over", "Make a new one in the console."
        )
    return row


def examine(work: Work, enrolment: str, body: bytes, now: datetime) -> Claim | Unverified:
    """Open and verify a claim, then reserve one of five password attempts, before any password is hashed."""
    row = _living(work, enrolment, now)
    eid = protocol.unb64u(enrolment, 16)
    try:
        message = _opened(work, row, eid, body)
        claim = _parsed(row, eid, message, work)
        unlocked_by = _verified(work, row, claim, message)
    except ValueError as error:
        raise Problem(400, "malformed", "This does not open, or is not a claim") from error
    if isinstance(unlocked_by, str):
        advice = "Make a new code in the console."
        if "pin" in message and not work.config.pin_devices:
            advice = "This server takes no phones without a passkey: set a screen lock, and scan a new code."
        problem = Problem(403, "not_verified", "The phone could not be verified", advice)
        return Unverified(unlocked_by, problem)
    reserved = (
        update(tables.Enrolment)
        .where(
            tables.Enrolment.id == enrolment,
            tables.Enrolment.status == EnrolmentStatus.PENDING,
            tables.Enrolment.wrong_passwords < WRONG_PASSWORDS,
        )
        .values(wrong_passwords=tables.Enrolment.wrong_passwords + 1)
        .returning(tables.Enrolment.id)
    )
    if work.session.execute(reserved).one_or_none() is None:
        raise Problem(
            410, "enrolment_over", "This code was used, or its time is over", "Make a new one in the console."
        )
    return replace(claim, unlocked_by=unlocked_by)


def write_refusal(work: Work, enrolment: str, why: str, ip: str, now: datetime) -> None:
    """Leave a trace of a claim that was not verified."""
    record(work, Event.ENROLMENT_REFUSED, now, source=Source(ip=ip), enrolment=enrolment, why=why)


def _opened(work: Work, row: tables.Enrolment, eid: bytes, body: bytes) -> dict[str, Any]:
    key = protocol.private_key(work.keys.unseal(row.ehk or b"", place(row.id, row.administrator_id, "ehk")))
    message = protocol.loads(protocol.open_sealed(key, protocol.enrol_request_info(eid), body))
    if not set(message) >= _MEMBERS or set(message) - _MEMBERS - {"push", "pin"}:
        error = "not the members of a claim"
        raise protocol.Malformed(error)
    return message


def _parsed(row: tables.Enrolment, eid: bytes, message: dict[str, Any], work: Work) -> Claim:
    texts = {name: message[name] for name in ("username", "password", "name", "platform")}
    lengths = {"username": 64, "password": 1024, "name": 64, "platform": 64}
    if any(not isinstance(text, str) or len(text) > lengths[name] for name, text in texts.items()):
        error = "a text is missing or too long"
        raise protocol.Malformed(error)
    push = message.get("push")
    if not texts["name"].strip() or not (push is None or is_subscription(push)):
        error = "the device has no name, or its push subscription is none"
        raise protocol.Malformed(error)
    if not row.asks_password and texts["username"] + texts["password"]:
        error = "this code needs no user name and no password"
        raise protocol.Malformed(error)
    visible(texts["platform"])
    try:
        visible(texts["name"])
    except ValueError as error:
        title = "The phone's name holds what cannot be seen, or what covers other text"
        raise Problem(400, "device_name", title, "Give it a name without that.") from error
    dsk, dhk = (protocol.unb64u(message[name], 65) for name in ("dsk", "dhk"))
    protocol.public_key(dsk), protocol.public_key(dhk)
    fp = protocol.fingerprint(work.keys.ssk_point + row.ehk_point)
    transcript = protocol.transcript(eid, fp, dsk, dhk, texts["name"])
    owner = work.session.get_one(tables.Administrator, row.administrator_id)
    same = not row.asks_password or owner.username_key == texts["username"].lower()
    return Claim(
        **texts,
        enrolment=row.id,
        dsk=dsk,
        dhk=dhk,
        unlocked_by=UnlockedBy(),
        push=push if push and host_of(push["endpoint"], work.config.push_hosts) else None,
        transcript=transcript,
        password_hash=owner.password_hash if same else None,
        asks_password=row.asks_password,
    )


def _verified(work: Work, row: tables.Enrolment, claim: Claim, message: dict[str, Any]) -> UnlockedBy | str:
    """Return what will unlock the phone, or say what does not hold: secret, signature or passkey."""
    key = work.keys.unseal(row.mac_key or b"", place(row.id, row.administrator_id, "mac_key"))
    webauthn = message["webauthn"]
    pin = protocol.unb64u(message["pin"], 32) if message.get("pin") is not None else None
    if pin is not None and webauthn is not None:
        error = "a passkey and a PIN"
        raise protocol.Malformed(error)
    mac, signature = protocol.unb64u(message["mac"], 32), protocol.unb64u(message["sig"], 64)
    credential = protocol.unb64u(webauthn.get("rawId")) if isinstance(webauthn, dict) else b""
    expected = protocol.enrolment_mac(key, claim.transcript, credential)
    if pin is not None:
        expected = protocol.enrolment_mac_with_pin(key, claim.transcript, pin)
    if not hmac.compare_digest(mac, expected):
        return "wrong secret"
    if not protocol.verify(protocol.public_key(claim.dsk), signature, claim.transcript):
        return "device signature"
    if pin is not None and work.config.pin_devices:
        return UnlockedBy(pin=pin)
    if not isinstance(webauthn, dict):
        return "no passkey, and a PIN is not allowed" if pin is not None else "neither passkey nor PIN"
    made = passkeys.registered(webauthn, claim.transcript, row.origin)
    return UnlockedBy(credential_id=made[0], cose=made[1]) if made else "passkey"


def claim(work: Work, claimed: Claim, ip: str, now: datetime, *, right: bool) -> bytes | Problem:
    """Bind the phone as *claimed* by one conditional update and return the sealed reply; or refuse the password."""
    row = _living(work, claimed.enrolment, now)
    owner = work.session.get_one(tables.Administrator, row.administrator_id)
    if not right or owner.password_hash != claimed.password_hash:
        record(
            work,
            Event.ENROLMENT_REFUSED,
            now,
            username=owner.username,
            source=Source(ip=ip),
            enrolment=row.id,
            why="wrong credentials",
            attempts_left=(left := max(0, WRONG_PASSWORDS - row.wrong_passwords)),
        )
        if not left:
            tell(work, owner.id, NoticeKind.WRONG_PASSWORD, now, username=owner.username, source=Source(ip=ip))
            end_enrolment(work, row, EnrolmentStatus.VOID, now, why="wrong passwords")
        title, advice = "User name or password is wrong", "Use those of the console."
        return Problem(401, "wrong_credentials", title, advice, attempts_left=left)
    device = tables.Device(
        id=new_id("dev"),
        administrator_id=owner.id,
        status="claimed",
        name=claimed.name,
        platform=claimed.platform,
        dsk=claimed.dsk,
        dhk=claimed.dhk,
        credential_id=claimed.unlocked_by.credential_id,
        cose=claimed.unlocked_by.cose,
        origin=row.origin,
        push=claimed.push,
        enrolled_at=now,
    )
    pin = claimed.unlocked_by.pin
    unlocking = pins.keep(work, device, pin) if pin is not None else {}
    work.session.add(device)
    work.session.flush()
    share = work.keys.unseal(row.share or b"", place(row.id, row.administrator_id, "share"))
    sas = work.keys.seal(protocol.sas(claimed.transcript, share).encode(), place(row.id, row.administrator_id, "sas"))
    won = (
        update(tables.Enrolment)
        .where(tables.Enrolment.id == row.id, tables.Enrolment.status == EnrolmentStatus.PENDING)
        .values(status=EnrolmentStatus.CLAIMED, device_id=device.id, sas=sas, ehk=None, mac_key=None, share=None)
        .returning(tables.Enrolment.id)
    )
    work.session.execute(won).one()
    record(
        work,
        Event.ENROLMENT_CLAIMED,
        now,
        username=owner.username,
        source=Source(ip=ip),
        device=device,
        enrolment=row.id,
    )
    work.publish(Topic.ENROLMENTS, subject=row.id, owner=owner.id)
    reply = {"device": device.id, "share": protocol.b64u(share), "username": owner.username, **unlocking}
    info = protocol.enrol_reply_info(protocol.unb64u(row.id, 16), claimed.transcript)
    message = protocol.canonical(reply)
    return protocol.seal_signed(protocol.public_key(device.dhk), info, message, work.keys.sign(info + message))


def stop(work: Work, device: tables.Device, now: datetime, ip: str) -> None:
    """End the enrolment of a phone that is on its way; 409 where it is the account's by now: then it stays that."""
    its = tables.Enrolment.device_id == device.id, tables.Enrolment.status.in_(OPEN_ENROLMENT)
    row = work.session.scalar(select(tables.Enrolment).where(*its))
    if row is None or device.status == "active":
        advice = "In the console of that account, Change device takes it away."
        raise Problem(409, "phone_active", "This phone confirms for its account already", advice)
    end_enrolment(work, row, EnrolmentStatus.STOPPED, now, source=Source(ip=ip), why="stopped on the phone")
