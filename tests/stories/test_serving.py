"""The server as a program: its folder, its lock, its port, its refusals, and how it ends."""

import json
import os
import socket
import stat
import subprocess
from pathlib import Path

import pytest
import requests

from tests.living import ROOT, SERVE, LivingServer
from tests.proving import wait_for


def served(*arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [*SERVE[:-1], *arguments]  # without the parent pipe
    return subprocess.run(
        command, cwd=ROOT, env={**os.environ, **environment}, capture_output=True, text=True, timeout=60, check=False
    )


def test_a_second_server_on_the_folder_names_the_first(server: LivingServer) -> None:
    told = json.loads((server.data / "server.json").read_text())
    for file in server.data.iterdir():
        assert stat.S_IMODE(file.stat().st_mode) == 0o600, file.name
    assert told["url"] == server.url
    second = served("--data", str(server.data))
    assert second.returncode == 3
    assert len(second.stderr.splitlines()) == 1
    assert str(told["pid"]) in second.stderr


def test_the_port_first_chosen_is_kept(server: LivingServer) -> None:
    first = server.url
    server.kill()
    server.start()
    assert server.url == first
    server.stop()
    assert not (server.data / "server.json").exists()
    taken = socket.socket()
    taken.bind(("127.0.0.1", int(first.rsplit(":", 1)[1])))
    taken.listen()
    refused = served("--data", str(server.data))
    taken.close()
    assert refused.returncode == 1
    assert "--port" in refused.stderr


@pytest.mark.parametrize(
    ("arguments", "word"),
    [
        (["--host", "0.0.0.0"], "TLS"),  # noqa: S104 - refused
        (["--host", "192.168.1.2", "--public-url", "https://console.example.com"], "TLS"),
        (["--public-url", "http://console.example.com"], "https"),
        (["--public-url", "https://console.example.com/path"], "address"),
        (["--port", "70000"], "port"),
        (["--config", "/nonexistent.toml"], "nonexistent"),
    ],
)
def test_what_would_be_unsafe_or_wrong_is_refused_in_one_line(tmp_path: Path, arguments: list[str], word: str) -> None:
    refused = served("--data", str(tmp_path / "data"), *arguments)
    assert refused.returncode == 1
    assert word in refused.stderr
    assert len(refused.stderr.splitlines()) == 1, refused.stderr
    assert refused.stdout == ""


def test_an_unknown_setting_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "c.toml").write_text("request_lifetme = 60\n")
    refused = served("--data", str(tmp_path / "data"), "--config", str(tmp_path / "c.toml"))
    assert refused.returncode == 1
    assert "request_lifetme" in refused.stderr


def test_a_missing_or_wrong_key_file_starts_nothing_and_changes_nothing(server: LivingServer, tmp_path: Path) -> None:
    server.set_up()
    server.stop()
    key, database = server.data / "server.key", server.data / "countersign.db"
    other = LivingServer(tmp_path / "other")
    other.start()
    other.stop()
    before = database.read_bytes()
    saved = key.read_bytes()
    key.unlink()
    assert "server.key is missing" in served("--data", str(server.data)).stderr
    assert not key.exists()
    key.write_bytes((other.data / "server.key").read_bytes())
    wrong = served("--data", str(server.data))
    assert wrong.returncode == 1
    assert "not the key file of this database" in wrong.stderr
    key.write_bytes(b"{}")
    assert "not a Countersign key file" in served("--data", str(server.data)).stderr
    assert database.read_bytes() == before
    key.write_bytes(saved)
    server.start()
    assert requests.get(f"{server.url}/api/v1/health", timeout=10).json()["setup_done"] is True


@pytest.mark.parametrize("text", ["", "99999", "port"])
def test_a_damaged_port_file_is_told_in_one_line(tmp_path: Path, text: str) -> None:
    data = tmp_path / "data"
    data.mkdir()
    (data / "port").write_text(text)
    refused = served("--data", str(data))
    assert refused.returncode == 1
    assert len(refused.stderr.splitlines()) == 1
    assert "--port" in refused.stderr


def test_closing_the_parent_pipe_ends_it_with_streams_open(server: LivingServer) -> None:
    console = server.set_up()
    headers = {"Authorization": f"Bearer {console.token}"}
    stream = requests.get(f"{server.url}/api/v1/events", headers=headers, stream=True, timeout=(5, 30))
    process = server.process
    assert process is not None
    assert process.stdin is not None
    process.stdin.close()
    wait_for(lambda: process.poll() is not None, 5)
    assert process.returncode == 0
    stream.close()
    assert "Traceback" not in server.log()


def test_of_two_servers_started_at_once_one_serves(tmp_path: Path) -> None:
    commands = [[*SERVE, "--data", str(tmp_path / "data")] for _ in range(2)]
    processes = [
        subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        for command in commands
    ]
    wait_for(lambda: [process for process in processes if process.poll() is not None], 30)
    [loser] = [process for process in processes if process.poll() is not None]
    [winner] = [process for process in processes if process is not loser]
    assert loser.returncode == 3
    assert winner.stdout is not None
    assert json.loads(winner.stdout.readline())["url"].startswith("http://localhost:")
    winner.communicate("", 20)
    loser.communicate()
    assert winner.returncode == 0


def test_served_with_tls_at_a_public_name(tmp_path: Path) -> None:
    from cryptography import x509
    from cryptography.hazmat.primitives import hashes, serialization
    from cryptography.x509.oid import NameOID

    from server import protocol
    from server.clock import now

    key, name = protocol.new_key(), x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    certificate = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now())
        .not_valid_after(now().replace(year=now().year + 1, day=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .sign(key, hashes.SHA256())
    )
    (tmp_path / "c.pem").write_bytes(certificate.public_bytes(serialization.Encoding.PEM))
    (tmp_path / "k.pem").write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    server = LivingServer(
        tmp_path / "data", settings={"tls_certificate": str(tmp_path / "c.pem"), "tls_key": str(tmp_path / "k.pem")}
    )
    server.start()
    answer = requests.get(f"{server.url}/api/v1/health", verify=str(tmp_path / "c.pem"), timeout=10)
    assert server.url.startswith("https://localhost:")
    assert answer.json()["setup_done"] is False
    assert "strict-transport-security" not in answer.headers  # it would count for every port of this computer
    server.stop()
