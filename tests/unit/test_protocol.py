"""The published vectors of the phone protocol hold for our Python side."""

import json
from pathlib import Path
from typing import Any

import pytest

from server import protocol

VECTORS: dict[str, Any] = json.loads(
    (Path(__file__).parents[1] / "vectors" / "protocol-v1.json").read_text(encoding="utf-8")
)
ENROLMENT, REQUEST = VECTORS["enrolment"], VECTORS["request"]


def raw(text: str) -> bytes:
    return bytes.fromhex(text)


def private(name: str) -> protocol.PrivateKey:
    return protocol.private_key(raw(VECTORS["keys"][name]["private"]))


@pytest.mark.parametrize("name", list(VECTORS["keys"]))
def test_keys_are_written_as_uncompressed_points(name: str) -> None:
    assert protocol.point(private(name)) == raw(VECTORS["keys"][name]["public"])
    assert protocol.private_bytes(private(name)) == raw(VECTORS["keys"][name]["private"])


def test_the_enrolment_code_is_read_and_written() -> None:
    qr = protocol.EnrolmentQR.parse(ENROLMENT["qr_text"])
    assert (qr.origin, qr.flags, qr.eid.hex(), qr.secret.hex(), qr.exp) == tuple(
        ENROLMENT[k] for k in ("origin", "flags", "eid", "secret", "exp")
    )
    assert qr.fp == protocol.fingerprint(raw(ENROLMENT["bundle"])) == raw(ENROLMENT["fp"])
    assert qr.text() == ENROLMENT["qr_text"]
    assert qr.open_box(raw(ENROLMENT["share"])) == ENROLMENT["account"]
    box = protocol.close_box(
        ENROLMENT["account"], origin=qr.origin, eid=qr.eid, secret=qr.secret, share=raw(ENROLMENT["share"])
    )
    assert box == raw(ENROLMENT["box"])


def test_the_wrong_share_opens_no_box() -> None:
    with pytest.raises(protocol.Malformed):
        protocol.EnrolmentQR.parse(ENROLMENT["qr_text"]).open_box(bytes(32))


def test_the_transcript_binds_keys_and_name() -> None:
    t = protocol.transcript(
        raw(ENROLMENT["eid"]),
        raw(ENROLMENT["fp"]),
        raw(VECTORS["keys"]["dsk"]["public"]),
        raw(VECTORS["keys"]["dhk"]["public"]),
        ENROLMENT["device_name"],
    )
    assert t == raw(ENROLMENT["T"])
    key = protocol.mac_key(raw(ENROLMENT["secret"]), raw(ENROLMENT["eid"]))
    assert key == raw(ENROLMENT["mac_key"])
    mac = protocol.enrolment_mac(key, t, raw(ENROLMENT["credential_id"]))
    assert mac == raw(ENROLMENT["mac_with_credential_id"])
    assert protocol.sas(t, raw(ENROLMENT["share"])) == ENROLMENT["sas"]


def test_json_is_canonical() -> None:
    assert protocol.canonical(ENROLMENT["account"]) == raw(ENROLMENT["account_canonical"])
    assert protocol.canonical(REQUEST["details"]) == raw(REQUEST["details_canonical"])
    parameters = protocol.canonical(ENROLMENT["request_parameters"])
    assert parameters == raw(ENROLMENT["request_parameters_canonical"])
    statement = VECTORS["device_statement"]
    assert protocol.canonical(statement["statement"]) == raw(statement["statement_canonical"])


@pytest.mark.parametrize("decision", VECTORS["decisions"], ids=lambda d: d["name"])
def test_a_decision_is_bound_to_details_reason_and_code(decision: dict[str, str]) -> None:
    ch = protocol.decision_challenge(
        raw(REQUEST["details_canonical"]), decision["decision"], decision["reason"], decision["code"]
    )
    assert ch == raw(decision["ch"])
    assert protocol.verify(private("dsk").public_key(), raw(decision["sig"]), ch)
    assert not protocol.verify(private("dsk").public_key(), raw(decision["sig_invalid"]), ch)


def _signatures() -> list[Any]:
    session, statement, receipt = VECTORS["session"], VECTORS["device_statement"], VECTORS["receipt"]
    return [
        pytest.param("dsk", raw(ENROLMENT["T"]), ENROLMENT["sig"], ENROLMENT["sig_invalid"], id="enrolment"),
        pytest.param(
            "dsk",
            protocol.session_message(session["device"], raw(session["challenge"])),
            session["sig"],
            session["sig_invalid"],
            id="session",
        ),
        pytest.param(
            "ssk",
            protocol.statement_message(raw(statement["statement_canonical"])),
            statement["signature"],
            statement["signature_invalid"],
            id="device statement",
        ),
        pytest.param(
            "ssk",
            protocol.receipt_message(raw(VECTORS["decisions"][0]["ch"]), receipt["decided_at"]),
            receipt["signature"],
            None,
            id="receipt",
        ),
    ]


@pytest.mark.parametrize(("key", "message", "good", "bad"), _signatures())
def test_a_signature_verifies_and_its_neighbour_does_not(key: str, message: bytes, good: str, bad: str | None) -> None:
    public = private(key).public_key()
    assert protocol.verify(public, raw(good), message)
    assert not protocol.verify(public, raw(good), message + b"\0")
    assert bad is None or not protocol.verify(public, raw(bad), message)


@pytest.mark.parametrize("sealed", VECTORS["hpke"], ids=lambda v: v["name"])
def test_what_is_sealed_opens_once_with_the_right_key_and_info(sealed: dict[str, Any]) -> None:
    recipient, info = private(sealed["recipient"]), raw(sealed["info"])
    plain = protocol.open_sealed(recipient, info, raw(sealed["sealed"]))
    assert plain == raw(sealed["signature"]) + raw(sealed["message"])
    if sealed["signed_by_ssk"]:
        server = private("ssk").public_key()
        assert protocol.open_signed(recipient, server, info, raw(sealed["sealed"])) == raw(sealed["message"])
        with pytest.raises(protocol.Malformed):
            protocol.open_signed(recipient, private("dsk").public_key(), info, raw(sealed["sealed"]))
    with pytest.raises(protocol.Malformed):
        protocol.open_sealed(recipient, info + b"\0", raw(sealed["sealed"]))
    with pytest.raises(protocol.Malformed):
        protocol.open_sealed(private("ehk"), info + b"x", raw(sealed["sealed"])[:-1])


def test_the_confirmation_code_is_read_and_written() -> None:
    confirmation = VECTORS["confirmation_qr"]
    origin, request, secret = protocol.parse_confirmation_qr(confirmation["text"])
    assert (request, secret, protocol.b64u(secret)) == (
        REQUEST["id"],
        raw(confirmation["secret"]),
        confirmation["code"],
    )
    assert protocol.confirmation_qr(origin, request, secret) == confirmation["text"]


@pytest.mark.parametrize("text", ["", "a", "ab=", "a+b/", "QQQ-ü", "AB", None, 7])
def test_only_one_text_is_the_base64_of_some_bytes(text: object) -> None:
    if text == "":
        assert protocol.unb64u(text) == b""
        return
    with pytest.raises(protocol.Malformed):
        protocol.unb64u(text)


@pytest.mark.parametrize("text", [b"[]", b"1", b'{"a":1,"a":2}', b'{"a":1.5}', b'{"a":NaN}', b"{", b"[" * 9000])
def test_json_that_can_be_read_two_ways_is_refused(text: bytes) -> None:
    with pytest.raises(protocol.Malformed):
        protocol.loads(text)


@pytest.mark.parametrize(("username", "limit"), [("u" * 30, 300), ("u" * 64, 400)])
def test_long_company_and_name_are_cut_and_the_user_name_never_is(username: str, limit: int) -> None:
    account = {"company": "Ä" * 120, "name": "N" * 120, "username": username}
    origin = "https://console.example.com"
    box = protocol.close_box(account, origin=origin, eid=bytes(16), secret=bytes(32), share=bytes(32))
    qr = protocol.EnrolmentQR(origin, 1, bytes(16), bytes(32), bytes(32), 0, box)
    assert len(qr.text()) <= limit
    opened = protocol.EnrolmentQR.parse(qr.text()).open_box(bytes(32))
    assert opened["username"] == username
    assert opened["company"].endswith("…")


def test_a_pin_gives_a_verifier_and_with_the_share_the_wrapping_key() -> None:
    pin = VECTORS["pin"]
    key = protocol.pin_key(pin["pin"], raw(pin["salt_eid"]))
    assert key == raw(pin["P"])
    verifier = protocol.pin_verifier(key, raw(pin["salt_eid"]))
    assert verifier == raw(pin["V"])
    assert protocol.sha(verifier) == raw(pin["server_keeps"])
    assert protocol.sha(raw(pin["pin_token"])) == raw(pin["server_keeps_of_token"])
    assert protocol.pin_wrapping_key(key, raw(pin["pin_share"])) == raw(pin["wrapping_key"])
    mac = protocol.enrolment_mac_with_pin(raw(ENROLMENT["mac_key"]), raw(ENROLMENT["T"]), verifier)
    assert mac == raw(ENROLMENT["mac_with_pin_verifier"])
