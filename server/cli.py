"""The command `countersign-server`."""

import argparse
import contextlib
import io
import os
import sys
from pathlib import Path
from typing import NoReturn

from filelock import FileLock, Timeout
from sqlalchemy.exc import DBAPIError
from typing_extensions import override

from server import __version__, clock, keys
from server.config import Config, ConfigError, load
from server.contract.problem import Problem
from server.contract.reach import OriginDevice
from server.log import to_standard_error
from server.main import KEY_FILE, LEDGER_FILE, InUse, folder, open_context, open_store, require_unused
from server.restoring import restore
from server.rotating import rotate
from server.services import origins, two_factor
from server.serving import HELD, FolderHeld, serve
from server.store.audit_log import first_broken
from server.store.backup import NotABackup, back_up
from server.store.database import Database, url
from server.store.ledger import Unreadable
from server.store.migrations import NewerDatabase, found_in, known
from server.store.store import Store
from server.store.trouble import SAID, Unavailable
from server.store.upgrade import upgrade
from server.tls_commands import add_tls_commands
from server.verifying import DoesNotFit, verified


def main(arguments: list[str] | None = None) -> int:
    """Run; 0 only on success, errors as one line on standard error."""
    given = _parser().parse_args(arguments)
    os.umask(0o077)  # what is written here is its owner's alone
    to_standard_error()
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # where it lacks a letter, the rest is told all the same
    try:
        status: int = given.run(given)
    except FolderHeld as error:
        return _failed(error, HELD)
    except (InUse, ConfigError, keys.KeyFileError, NewerDatabase, NotABackup, Unreadable, OSError) as error:
        return _failed(error, 1)
    except Problem as error:
        return _failed(f"{error.title}. {error.detail}".removesuffix(" "), 1)
    except DBAPIError as error:
        return _failed(f"the database cannot be used: {error.orig}", 1)
    except Unavailable as error:
        return _failed(f"{SAID[error.trouble]}. {getattr(error.__cause__, 'orig', '')}".strip(), 1)
    return status


def _failed(error: object, status: int) -> int:
    if isinstance(error, OSError) and error.strerror and error.filename:
        error = f"{error.filename}: {error.strerror}"
    print(f"countersign-server: {' '.join(str(error).split())}", file=sys.stderr)  # noqa: T201 - a command's answer
    return status


class _Parser(argparse.ArgumentParser):
    """Says in one line what is wrong."""

    @override
    def error(self, message: str) -> NoReturn:
        self.exit(2, f"{self.prog}: {' '.join(message.split())}; see {self.prog} --help\n")


def _parser() -> argparse.ArgumentParser:
    parser = _Parser(prog="countersign-server", description="The Countersign approval server.")
    parser.add_argument("--version", action="version", version=f"countersign-server {__version__}")
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    common = _Parser(add_help=False)
    common.add_argument(
        "--config", type=Path, metavar="FILE", help="a TOML file with settings (server.toml in the data folder)"
    )
    common.add_argument("--data", type=Path, metavar="DIR", help="the data folder")

    serving = commands.add_parser("serve", parents=[common], help="run the server")
    serving.add_argument("--host", help="address to listen on (this computer alone)")
    serving.add_argument("--port", type=int, help="port; 0 is the one kept in the data folder")
    serving.add_argument("--public-url", metavar="URL", help="address by which phones reach it")
    serving.add_argument("--ready-json", action="store_true", help="print one JSON line when it accepts connections")
    serving.add_argument("--parent-pipe", action="store_true", help="end when standard input closes")
    serving.set_defaults(run=_serve)

    making = commands.add_parser("init", parents=[common], help="make the data folder, its key file and the database")
    making.set_defaults(run=_init)

    add_tls_commands(commands.add_parser("tls", help="how phones reach this server"), common, _phones_of)

    migrating = commands.add_parser("migrate", parents=[common], help="bring the database to this version")
    migrating.set_defaults(run=_migrate)

    backing_up = commands.add_parser("backup", parents=[common], help="copy the database, also while it is used")
    backing_up.add_argument("file", type=Path, metavar="FILE")
    backing_up.set_defaults(run=_back_up)

    restoring = commands.add_parser("restore", parents=[common], help="put a backup back; the server must be stopped")
    restoring.add_argument("file", type=Path, metavar="FILE")
    restoring.set_defaults(run=_restore)

    rotating = commands.add_parser(
        "rotate-key", parents=[common], help="seal all secrets with a new key; the server must be stopped"
    )
    rotating.add_argument(
        "--forget-old", action="store_true", help="then forget the old keys, and with them the secrets in old backups"
    )
    rotating.set_defaults(run=_rotate_key)

    audit = commands.add_parser("audit", help="the audit log").add_subparsers(required=True, metavar="COMMAND")
    verifying = audit.add_parser("verify", parents=[common], help="check the chain of the audit log")
    verifying.set_defaults(run=_verify_audit)

    evidence = commands.add_parser("verify", help="verify the evidence of a decision, without server or database")
    evidence.add_argument("file", type=Path, metavar="FILE", help="an evidence object, as JSON")
    evidence.add_argument(
        "--server",
        metavar="FINGERPRINT",
        help="the server's key, from elsewhere (--server=…)",
    )
    evidence.set_defaults(run=_verify_evidence)

    admin = commands.add_parser("admin", help="ways back in").add_subparsers(required=True, metavar="COMMAND")
    resetting = admin.add_parser(
        "reset-two-factor",
        parents=[common],
        help="cut an administrator's phone off, and print the grant to enrol a new one",
    )
    resetting.add_argument("username", metavar="USERNAME")
    resetting.set_defaults(run=_reset_two_factor)
    return parser


def _serve(given: argparse.Namespace) -> int:
    config = load(given.config, data=given.data, host=given.host, port=given.port, public_url=given.public_url)
    serve(config, ready_json=given.ready_json, parent_pipe=given.parent_pipe)
    return 0


def _init(given: argparse.Namespace) -> int:
    config = load(given.config, data=given.data)
    data = folder(config)
    try:
        with FileLock(data / "lock", timeout=0):
            context = open_context(config, config.public_url or "http://localhost")
            context.passwords.close()
            context.store.close()
    except Timeout as error:
        message = f"{data} is held by a running server, so it is made already"
        raise FolderHeld(message) from error
    print(f"{data} is ready. Keep a copy of {data / KEY_FILE} apart: without it the database is worth nothing.")  # noqa: T201
    return 0


def _phones_of(config: Config) -> list[OriginDevice]:
    """Return all phones; none where nothing was set up yet.

    After an update the database is brought to this version first: what these commands change may be what keeps the
    server from the start that would do it.
    """
    with contextlib.closing(Database(url(config), config.data)) as database:
        if not database.exists():
            return []
    if found_in(url(config)) != known()[-1]:
        keys.load(config.data / KEY_FILE)  # or it is not ours to change
        _upgrade(config)
        print("The database was brought to this version.", file=sys.stderr)  # noqa: T201 - beside what is asked for
    with _store(config) as store:
        return store.look(origins.keepers)


def _migrate(given: argparse.Namespace) -> int:
    config = load(given.config, data=given.data)
    _require_database(config)
    _upgrade(config)
    print("The database is of this version.")  # noqa: T201 - a command's answer
    return 0


def _upgrade(config: Config) -> None:
    try:
        with (
            FileLock(config.data / "lock", timeout=0),
            contextlib.closing(Database(url(config), config.data)) as database,
        ):
            require_unused(database)
            upgrade(url(config), config.data)
    except Timeout as error:
        message = f"{config.data} is held by a running server; stop it first"
        raise FolderHeld(message) from error


def _back_up(given: argparse.Namespace) -> int:
    config = load(given.config, data=given.data)
    _require_database(config)
    back_up(url(config), given.file)
    beside = f"{KEY_FILE} and {LEDGER_FILE} of {config.data}"
    print(f"{given.file} is written. {beside} are not in it: keep copies of both, apart from it.")  # noqa: T201
    return 0


def _restore(given: argparse.Namespace) -> int:
    aside, known = restore(load(given.config, data=given.data), given.file)
    said = [f"{given.file} is restored. Everybody signs in anew, with the password and the rights that the backup has."]
    said += (
        ["What was ended since stays ended."]
        if known
        else [
            "There was no whole ledger.jsonl beside the key file, so no phone is trusted any more:",
            "countersign-server admin reset-two-factor NAME gives each administrator a new start.",
        ]
    )
    if aside:
        said.append(f"The database of before is {aside}; delete it when you no longer need it.")
        said.append("What phones of earlier addresses trust is kept until then, and forgotten at a start after that.")
    print(*said, sep="\n")  # noqa: T201 - a command's answer
    return 0


def _rotate_key(given: argparse.Namespace) -> int:
    config = load(given.config, data=given.data)
    _require_database(config)
    done, lost = rotate(config, forget_old=given.forget_old)
    apart = f"Keep a copy of {config.data / KEY_FILE} apart: older copies do not open them."
    said = [f"{done} secrets are sealed with a new key. {apart}"]
    said += [f"{lost} open with no key of this file, and were left as they are."] if lost else []
    said += ["The keys of before are forgotten: backups of before keep their secrets shut."] if given.forget_old else []
    print(*said, sep="\n")  # noqa: T201 - a command's answer
    return 0


def _verify_audit(given: argparse.Namespace) -> int:
    config = load(given.config, data=given.data)
    with _store(config) as store:
        held, broken = store.look(first_broken)
    if broken is not None:
        print(f"The audit log is broken after {held} events: {broken} does not fit.", file=sys.stderr)  # noqa: T201
        return 1
    print(f"The audit log holds: {held} events, unbroken.")  # noqa: T201 - a command's answer
    return 0


def _verify_evidence(given: argparse.Namespace) -> int:
    try:
        verdict = verified(given.file.read_bytes())
    except DoesNotFit as error:
        return _failed(f"{given.file} does not hold: {error}", 1)
    known = given.server == verdict.server_key
    print("\n".join(verdict.lines()))  # noqa: T201 - a command's answer
    if given.server is None:
        return _failed("server unknown: compare its key with the one in the console, and give it with --server=", 1)
    return 0 if known else _failed(f"it is of another server than {given.server}", 1)


def _reset_two_factor(given: argparse.Namespace) -> int:
    with _store(load(given.config, data=given.data)) as store:
        grant = store.run(two_factor.reset, given.username, clock.now())
    told = f"Give this to {given.username}, once: it lets a new phone be set up, within 7 days, in Settings > General."
    print(told, file=sys.stderr)  # noqa: T201 - beside the grant, which is alone on standard output
    print(grant)  # noqa: T201 - told once, here
    return 0


def _store(config: Config) -> contextlib.closing[Store]:
    """Open the data folder's database, also beside a running server."""
    if _require_database(config) != known()[-1]:
        message = (
            "the database is of an older version of Countersign: run `countersign-server migrate` while the server is "
            "stopped, or start it once"
        )
        raise ConfigError(message)
    return contextlib.closing(open_store(config, keys.load(config.data / KEY_FILE), ""))


def _require_database(config: Config) -> str | None:
    """Return the version of its tables; raises `ConfigError` where there is none."""
    with contextlib.closing(Database(url(config), config.data)) as database:
        if not database.exists():
            message = f"there is no Countersign database in {database.name}: say where with --data DIR or --config FILE"
            raise ConfigError(message)
        return found_in(url(config))


if __name__ == "__main__":
    sys.exit(main())
