"""An outsider verifies who approved what, from one file; one changed byte is found."""

import copy
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from server.verifying import DoesNotFit, verified
from tests.living import ROOT, LivingServer


def verify(file: Path, *more: str) -> subprocess.CompletedProcess[str]:
    program = [sys.executable, "-m", "server.cli", "verify", str(file), *more]
    return subprocess.run(program, cwd=ROOT, capture_output=True, text=True, timeout=60, check=False)


def changed(evidence: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Return the evidence with one thing changed in each member."""
    made = []
    for name, value in evidence.items():
        other = copy.deepcopy(evidence)
        if isinstance(value, str):
            middle = len(value) // 2
            flipped = "A" if value[middle : middle + 1] != "A" else "B"
            other[name] = value[:middle] + flipped + value[middle + 1 :]
        elif isinstance(value, int):
            other[name] = value + 1
        elif isinstance(value, dict):
            other[name]["response"]["signature"] = value["response"]["signature"][::-1]
        else:
            other[name] = {}
        made.append((name, other))
        without = copy.deepcopy(evidence)
        del without[name]
        made.append((name, without))
    return made


def test_the_evidence_of_a_decision_verifies_and_one_changed_byte_is_found(
    server: LivingServer, tmp_path: Path
) -> None:
    console, phone = server.protected()
    first, second = console.delete(console.user()), console.delete(console.user("kofi@litware.example"))
    phone.approve(first["id"], first["code"])
    phone.reject(second["id"], "not_me")
    server_key = console_key(server, phone)
    audit = audited(server, phone)
    for event in ("request:approved", "request:rejected"):
        for each in [line for line in audit if line["event"] == event]:
            evidence = each["evidence"]
            assert verified(json.dumps(evidence).encode()).server_key == server_key
            for name, other in changed(evidence):
                with pytest.raises(DoesNotFit):
                    verified(json.dumps(other).encode())
                    pytest.fail(f"{event}: a changed {name} was not found")
    file = tmp_path / "evidence.json"
    [approved] = [line for line in audit if line["event"] == "request:approved" and line["request"] == first["id"]]
    file.write_text(json.dumps(approved["evidence"]))
    right = verify(file, f"--server={server_key}")
    assert right.returncode == 0, right.stderr
    assert "approve: user.delete" in right.stdout
    assert "amelia.hart" in right.stdout
    unknown, foreign = verify(file), verify(file, "--server=" + "A" * 43)
    assert (unknown.returncode, foreign.returncode) == (1, 1)
    assert "server unknown" in unknown.stderr
    file.write_text("[]")
    assert verify(file).stderr.startswith("countersign-server: ")


def console_key(server: LivingServer, phone: Any) -> str:
    return str(signed_in(server, phone).call("GET", "/health")["server_key"])


def audited(server: LivingServer, phone: Any) -> list[Any]:
    return list(signed_in(server, phone).audit())


def signed_in(server: LivingServer, phone: Any) -> Any:
    console = server.console()
    console.sign_in(phone=phone)
    return console
