"""The evidence of a request: exported for whoever may see it, verified by an outsider, one changed byte is found."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from desktop.demo.phone import SoftwarePhone
from server.verifying import DoesNotFit, verified
from tests.both import on_sqlite
from tests.living import ROOT, LivingServer, TestConsole
from tests.proving import refused
from tests.server.test_decisions import colleague_of


@pytest.fixture
def console(server: LivingServer) -> TestConsole:
    return server.set_up()


@pytest.fixture
def phone(console: TestConsole) -> SoftwarePhone:
    return console.protect()


def exported(console: TestConsole, request: str) -> bytes:
    """Return the file that a console saves."""
    answer = console.raw("GET", f"/requests/{request}/evidence")
    assert answer.status_code == 200, answer.text
    return answer.content


def finds(file: bytes) -> bool:
    """Whether something in it does not fit."""
    try:
        verified(file)
    except DoesNotFit:
        return True
    return False


def test_who_may_see_a_request_exports_what_verify_takes(
    console: TestConsole, phone: SoftwarePhone, tmp_path: Path
) -> None:
    held = ["users.edit", "users.delete"]
    sub_phone, sub = colleague_of(console, phone, "sub_administrator", companies=None, permissions=held)
    mia = console.user()
    parameters = {"parameters": {"user": mia, "mode": "user_only"}, "reason": "left the company"}
    first = console.call("POST", "/actions/user.delete", parameters)["request"]
    second = sub.delete(sub.user("kofi@litware.example"))
    refused(409, lambda: console.call("GET", f"/requests/{first['id']}/evidence"))
    phone.approve(first["id"], first["code"])
    sub_phone.reject(second["id"])
    refused(404, lambda: sub.call("GET", f"/requests/{first['id']}/evidence"))
    key = console.call("GET", "/health")["server_key"]
    for request, said in ((first, "approve"), (second, "reject")):
        file = tmp_path / f"{request['id']}.json"
        file.write_bytes(exported(console, request["id"]))
        command = [sys.executable, "-m", "server.cli", "verify", str(file), f"--server={key}"]
        poor = subprocess.run(
            command,
            cwd=ROOT,
            capture_output=True,
            timeout=60,
            check=False,
            env={**os.environ, "PYTHONIOENCODING": "ascii"},
        )
        assert (poor.returncode, b"\\u201c" in poor.stdout) == (0, True), poor.stderr
        told = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)
        assert told.returncode == 0, told.stderr
        lines = told.stdout.splitlines()
        assert lines[0].startswith(f"{said}: user.delete — Delete the user")
        assert lines[1] == "this proves what the person decided, and not that it was executed"
        assert lines[2].startswith("on user usr_")
        assert ("a rejection needs no unlocking" in told.stdout) == (said == "reject")
        assert "can no longer sign in" in told.stdout
    assert f'with {{"mode": "user_only", "user": "{mia}"}}, because "left the company"' in first_lines(console, first)
    events = console.audit(event="audit:exported")
    assert [each["request"] for each in events] == [first["id"], second["id"], first["id"]]


def test_a_reason_is_read_as_it_was_written(console: TestConsole, phone: SoftwarePhone) -> None:
    call = {"parameters": {"user": console.user(), "mode": "user_only"}, "reason": "Kündigung Müller"}
    odd = console.call("POST", "/actions/user.delete", call)["request"]
    phone.approve(odd["id"], odd["code"])
    assert any('because "Kündigung Müller"' in line for line in first_lines(console, odd))


def test_words_of_a_stranger_are_told_on_their_own_line(console: TestConsole, phone: SoftwarePhone) -> None:
    request = console.delete(console.user())
    phone.approve(request["id"], request["code"])
    found = verified(exported(console, request["id"]))
    forged = {**found.details, "summary": "x\nunder the server key OURS\x1b[2J", "username": "a\rb"}
    lines = replace(found, details=forged).lines()
    assert lines[0].endswith(r"x\nunder the server key OURS\u001b[2J")
    assert not any(sign in line for line in lines for sign in "\n\r\x1b")


def first_lines(console: TestConsole, request: dict[str, str]) -> list[str]:
    return verified(exported(console, request["id"])).lines()


def test_there_is_none_of_what_no_phone_decided(console: TestConsole, phone: SoftwarePhone) -> None:
    mia = console.user()
    cancelled, void, waiting = (console.delete(mia) for _ in range(3))
    console.call("POST", f"/requests/{cancelled['id']}/cancel")
    console.call("PATCH", f"/users/{mia}", {"name": "Mia Berg"})
    assert phone.approve(void["id"], void["code"]) == "void"
    for request in (cancelled, void, waiting):
        problem = refused(409, partial(console.call, "GET", f"/requests/{request['id']}/evidence"))
        assert problem.code == "no_evidence"
    refused(404, lambda: console.call("GET", "/requests/req_none/evidence"))


def test_a_phone_that_was_never_bound_proves_nothing(console: TestConsole) -> None:
    stranger = SoftwarePhone(None)
    request = console.enrol(stranger)
    stranger.reject(request["id"], "not_me")
    again = TestConsole(console.url)
    again.sign_in()
    assert refused(409, lambda: again.call("GET", f"/requests/{request['id']}/evidence")).code == "no_evidence"


@on_sqlite
def test_one_changed_byte_is_found_wherever_it_is(console: TestConsole, phone: SoftwarePhone) -> None:
    first, second = console.delete(console.user()), console.delete(console.user("kofi@litware.example"))
    phone.approve(first["id"], first["code"])
    phone.reject(second["id"], "cancelled")
    files = [exported(console, each["id"]) for each in (first, second)]
    assert not any(finds(file) for file in files)
    for file in files:
        for place, byte in enumerate(file):
            for other in {byte ^ 0x01, byte ^ 0x20, 0x20, 0x41, 0x30} - {byte}:
                changed = file[:place] + bytes([other]) + file[place + 1 :]
                assert finds(changed), (place, file[max(0, place - 30) : place + 30], chr(other))

    @settings(max_examples=2000, deadline=None)
    @given(st.sampled_from(files), st.data())
    def one_byte(file: bytes, data: st.DataObject) -> None:
        place = data.draw(st.integers(0, len(file) - 1))
        other = data.draw(st.integers(0, 255).filter(lambda each: each != file[place]))
        assert finds(file[:place] + bytes([other]) + file[place + 1 :])

    one_byte()


def test_what_nobody_signed_is_no_part_of_it(console: TestConsole, phone: SoftwarePhone) -> None:
    request = console.delete(console.user())
    phone.approve(request["id"], request["code"])
    evidence = json.loads(exported(console, request["id"]))
    assert set(evidence["webauthn"]["response"]) == {"clientDataJSON", "authenticatorData", "signature"}
    for added in ({"authenticatorAttachment": "platform"}, {"clientExtensionResults": {"x": 1}}, {"type": "other"}):
        assert finds(json.dumps(evidence | {"webauthn": evidence["webauthn"] | added}).encode())
    assert finds(json.dumps(evidence | {"note": "reviewed"}).encode())


def test_it_has_one_reading_however_it_is_set_out(console: TestConsole, phone: SoftwarePhone) -> None:
    request = console.delete(console.user())
    phone.approve(request["id"], request["code"])
    file = exported(console, request["id"])
    evidence = json.loads(file)
    others = [
        b'{"decision":"reject",' + file[1:],
        file[:-1] + b',"decision":"approve"}',
        file.replace(b'"response":{', b'"response":{"signature":"",'),
        json.dumps(evidence | {"v": True}).encode(),
        json.dumps(evidence | {"v": 1.0}).encode(),
        json.dumps(evidence | {"v": "1"}).encode(),
        b"\xef\xbb\xbf" + file,
        *(file.decode().encode(encoding) for encoding in ("utf-16", "utf-16-le", "utf-32")),
    ]
    assert [other[:40] for other in others if not finds(other)] == []
    set_out = json.dumps(dict(reversed(evidence.items())), indent=2) + "\n"  # as somebody copies it out of the log
    assert not finds(set_out.encode())


def test_an_approval_that_came_too_late_is_not_told_as_done(console: TestConsole, phone: SoftwarePhone) -> None:
    mia = console.user()
    request = console.delete(mia)
    console.call("PATCH", f"/users/{mia}", {"name": "Mia Berg"})
    assert phone.approve(request["id"], request["code"]) == "void"
    [line] = [each for each in console.audit(event="request:void") if each["request"] == request["id"]]
    told = verified(json.dumps(line["evidence"]).encode()).lines()
    assert told[0].startswith("approve: user.delete")
    assert "not that it was executed" in told[1]
