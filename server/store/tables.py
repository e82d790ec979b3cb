"""The tables. Times are aware UTC, enums are strings, secrets are sealed under the key file, tokens are hashes."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import (
    JSON,
    BigInteger,
    Dialect,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    String,
    Text,
    TypeDecorator,
    false,
    text,
    true,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column
from typing_extensions import override

from server.domain.permissions import Rights


class Moment(TypeDecorator[datetime]):
    """Microseconds since 1970 in the database; refuses a naive datetime."""

    impl = BigInteger
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> int | None:
        if value is None:
            return None
        if value.tzinfo is None:
            message = "a time without a zone"
            raise ValueError(message)
        since = value - _EPOCH
        return (since.days * 86_400 + since.seconds) * 1_000_000 + since.microseconds

    @override
    def process_result_value(self, value: int | None, dialect: Dialect) -> datetime | None:
        return (
            None
            if value is None
            else datetime.fromtimestamp(value // 1_000_000, UTC).replace(microsecond=value % 1_000_000)
        )


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


class Table(DeclarativeBase):
    """Declares a table."""

    type_annotation_map = {  # noqa: RUF012 - SQLAlchemy's own declaration
        datetime: Moment,
        bytes: LargeBinary,
        str: String,
        dict[str, Any]: JSON,
        list[dict[str, Any]]: JSON,
        list[str]: JSON(none_as_null=True),
    }


class Organisation(Table):
    """The one organisation; `server_key` tells whether the key file is the right one."""

    __tablename__ = "organisation"
    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str]
    server_key: Mapped[str]
    created_at: Mapped[datetime]


class Company(Table):
    """A customer."""

    __tablename__ = "companies"
    id: Mapped[str] = mapped_column(primary_key=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    storage_limit: Mapped[int | None] = mapped_column(BigInteger)


class User(Table):
    """A managed backup user; his data lies in `folder`, below his destination's place.

    By `folder_key` folders are compared. `bytes` and `objects` are those of the last measurement; `deletion_id` is the
    current or last deletion of his data. `changed_at` is when somebody last gave him another name, address, company or
    place, by which whoever approves his deletion knows him; null since he was added.
    """

    __tablename__ = "users"
    id: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str]
    username_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    name_key: Mapped[str] = mapped_column(index=True)
    company_id: Mapped[str | None] = mapped_column(ForeignKey("companies.id"), index=True)
    status: Mapped[str]
    created_at: Mapped[datetime] = mapped_column(index=True)
    enabled: Mapped[bool] = mapped_column(default=True, server_default=true())
    destination_id: Mapped[str | None] = mapped_column(ForeignKey("destinations.id"))
    folder: Mapped[str | None]
    folder_key: Mapped[str | None]
    storage_limit: Mapped[int | None] = mapped_column(BigInteger)
    bytes: Mapped[int | None] = mapped_column(BigInteger)
    objects: Mapped[int | None] = mapped_column(BigInteger)
    measured_at: Mapped[datetime | None]
    held_until: Mapped[datetime | None]
    deletion_id: Mapped[str | None]
    changed_at: Mapped[datetime | None]
    changed_by: Mapped[str | None]

    __table_args__ = (Index("users_by_folder", "destination_id", "folder_key", unique=True),)


class Administrator(Table):
    """Who signs in; `username_key` is the user name without regard to case, `method` is null without two-factor.

    `reset_at` is when others first took that away, null again once the account has it. Who is deleted stays as whom
    the past names, without a password; the user name is free again.
    """

    __tablename__ = "administrators"
    id: Mapped[str] = mapped_column(primary_key=True)
    username: Mapped[str]
    username_key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    email: Mapped[str]
    role: Mapped[str]
    companies: Mapped[list[str] | None]
    permissions: Mapped[list[str]] = mapped_column(JSON)
    password_hash: Mapped[str | None]
    method: Mapped[str | None]
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]
    deleted_at: Mapped[datetime | None]
    reset_at: Mapped[datetime | None]

    @property
    def rights(self) -> Rights:
        """Return what the account holds now."""
        return Rights.of(self.role, self.companies, self.permissions)


class ApiKey(Table):
    """What a script signs in with: never more than its administrator holds; `companies` null means all."""

    __tablename__ = "api_keys"
    id: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    administrator_id: Mapped[str] = mapped_column(ForeignKey("administrators.id"), index=True)
    name: Mapped[str]
    companies: Mapped[list[str] | None]
    permissions: Mapped[list[str]] = mapped_column(JSON)
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime | None]
    last_used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Policy(Table):
    """The security policy, one row; `request_lifetime` null means the configuration's.

    `proof` is an HMAC of the rest under the key file, null until it is first changed.
    """

    __tablename__ = "policy"
    id: Mapped[int] = mapped_column(primary_key=True)
    request_lifetime: Mapped[int | None]
    without_code: Mapped[list[str]] = mapped_column(JSON)
    reason_required: Mapped[bool]
    qr_alone: Mapped[bool]
    two_factor_from: Mapped[datetime | None]
    by_totp: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    proof: Mapped[bytes | None]


class Invitation(Table):
    """Sets a first password once."""

    __tablename__ = "invitations"
    administrator_id: Mapped[str] = mapped_column(ForeignKey("administrators.id"), primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Grant(Table):
    """Lets an account without two-factor enrol a phone; used up by the enrolment that becomes active."""

    __tablename__ = "grants"
    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    administrator_id: Mapped[str] = mapped_column(ForeignKey("administrators.id"), index=True)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Attempt(Table):
    """A `password` or `code` that was not found right: for which `account`, as typed, and from which `source`.

    Or a `sign_in` that took the place of one from elsewhere.
    """

    __tablename__ = "attempts"
    id: Mapped[str] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(default="password", server_default="password")
    account: Mapped[str]
    source: Mapped[str]
    at: Mapped[datetime]

    __table_args__ = (Index("attempts_by_account", "account", "at"),)


class Console(Table):
    """A console that the server knows again by a secret."""

    __tablename__ = "consoles"
    id: Mapped[str] = mapped_column(primary_key=True)
    administrator_id: Mapped[str] = mapped_column(ForeignKey("administrators.id"), index=True)
    secret_hash: Mapped[bytes] = mapped_column(unique=True)
    ip: Mapped[str]
    created_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class Session(Table):
    """A signed-in console; `last_ip` is the newest other address than `ip` from which it was used.

    `recovered` is sealed: when a recovery code opened it, null once that was used up.
    """

    __tablename__ = "sessions"
    id: Mapped[str] = mapped_column(primary_key=True)
    token_hash: Mapped[bytes] = mapped_column(unique=True)
    administrator_id: Mapped[str] = mapped_column(ForeignKey("administrators.id"), index=True)
    console_id: Mapped[str | None] = mapped_column(ForeignKey("consoles.id"))
    device_name: Mapped[str]
    application: Mapped[str]
    ip: Mapped[str]
    created_at: Mapped[datetime]
    last_used_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    recovered: Mapped[bytes | None]
    last_ip: Mapped[str | None]


class Device(Table):
    """A phone; `status` is claimed, confirmed, active or revoked.

    `quiet` are the kinds of notices that it does not want; `pin_…` are sealed, and null for a phone with a passkey.
    """

    __tablename__ = "devices"
    id: Mapped[str] = mapped_column(primary_key=True)
    administrator_id: Mapped[str] = mapped_column(ForeignKey("administrators.id"), index=True)
    status: Mapped[str]
    name: Mapped[str]
    platform: Mapped[str]
    dsk: Mapped[bytes]
    dhk: Mapped[bytes]
    credential_id: Mapped[bytes | None]
    cose: Mapped[bytes | None]
    origin: Mapped[str]
    statement: Mapped[bytes | None]
    statement_signature: Mapped[bytes | None]
    push: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    push_problem: Mapped[str | None]
    push_sent_at: Mapped[datetime | None]
    push_test: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    unanswered: Mapped[int] = mapped_column(default=0, server_default="0")
    muted_until: Mapped[datetime | None]
    show_titles: Mapped[bool] = mapped_column(default=False, server_default=false())
    quiet: Mapped[list[str]] = mapped_column(JSON, default=list, server_default="[]")
    pin_verifier: Mapped[bytes | None]
    pin_token: Mapped[bytes | None]
    pin_share: Mapped[bytes | None]
    wrong_pins: Mapped[int] = mapped_column(default=0, server_default="0")
    all_wrong_pins: Mapped[int] = mapped_column(default=0, server_default="0")
    enrolled_at: Mapped[datetime]
    last_seen_at: Mapped[datetime | None]

    __table_args__ = (
        Index(
            "one_active_device",
            "administrator_id",
            unique=True,
            sqlite_where=text("status = 'active'"),
            postgresql_where=text("status = 'active'"),
        ),
    )


class PhoneSession(Table):
    """A phone's short token for reading."""

    __tablename__ = "phone_sessions"
    token_hash: Mapped[bytes] = mapped_column(primary_key=True)
    device_id: Mapped[str] = mapped_column(ForeignKey("devices.id"), index=True)
    expires_at: Mapped[datetime]


class SpentChallenge(Table):
    """A challenge that opened a phone session, so that it opens no second one."""

    __tablename__ = "spent_challenges"
    challenge: Mapped[bytes] = mapped_column(primary_key=True)
    expires_at: Mapped[datetime]


class Enrolment(Table):
    """A phone on its way to an account; `ehk`, `mac_key` and `share` are sealed, null once destroyed.

    `asks_password` is whether the phone must send the account's password, or its QR code is enough.
    """

    __tablename__ = "enrolments"
    id: Mapped[str] = mapped_column(primary_key=True)
    administrator_id: Mapped[str] = mapped_column(ForeignKey("administrators.id"), index=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    status: Mapped[str] = mapped_column(index=True)
    origin: Mapped[str]
    ehk: Mapped[bytes | None]
    ehk_point: Mapped[bytes]
    mac_key: Mapped[bytes | None]
    share: Mapped[bytes | None]
    sas: Mapped[bytes | None]
    wrong_passwords: Mapped[int] = mapped_column(default=0)
    wrong_digits: Mapped[int] = mapped_column(default=0)
    asks_password: Mapped[bool] = mapped_column(default=True, server_default=true())
    grant_hash: Mapped[bytes | None] = mapped_column(ForeignKey("grants.token_hash"))
    grant_proof: Mapped[bytes | None]
    device_id: Mapped[str | None] = mapped_column(ForeignKey("devices.id"))
    request_id: Mapped[str | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class Totp(Table):
    """The secret of an account's authenticator app, sealed; `last_step` is the last accepted step, which only grows.

    `hinted_step` is a future one whose code was typed early, and told to be that: it is not accepted any more.
    """

    __tablename__ = "totp"
    administrator_id: Mapped[str] = mapped_column(ForeignKey("administrators.id"), primary_key=True)
    id: Mapped[str]
    secret: Mapped[bytes]
    last_step: Mapped[int] = mapped_column(BigInteger)
    hinted_step: Mapped[int | None] = mapped_column(BigInteger)
    created_at: Mapped[datetime]


class TotpSetup(Table):
    """A secret, sealed, that an authenticator app is to show it has by one right code."""

    __tablename__ = "totp_setups"
    id: Mapped[str] = mapped_column(primary_key=True)
    administrator_id: Mapped[str] = mapped_column(ForeignKey("administrators.id"), index=True)
    session_id: Mapped[str] = mapped_column(ForeignKey("sessions.id"))
    secret: Mapped[bytes]
    grant_hash: Mapped[bytes | None] = mapped_column(ForeignKey("grants.token_hash"))
    grant_proof: Mapped[bytes | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


class RecoveryCode(Table):
    """Opens a sign-in or a change of the phone once, beside the password; burned with a date, never deleted.

    `code_hash` is an HMAC under the key file; `ended_at` is when a newer set took its place.
    """

    __tablename__ = "recovery_codes"
    id: Mapped[str] = mapped_column(primary_key=True)
    administrator_id: Mapped[str] = mapped_column(ForeignKey("administrators.id"), index=True)
    code_hash: Mapped[bytes] = mapped_column(unique=True)
    created_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class RecoverySet(Table):
    """An account's last set of codes: `codes`, sealed, wait to be told once to the session that asked for them."""

    __tablename__ = "recovery_sets"
    administrator_id: Mapped[str] = mapped_column(ForeignKey("administrators.id"), primary_key=True)
    session_id: Mapped[str | None] = mapped_column(ForeignKey("sessions.id"))
    codes: Mapped[bytes | None]
    created_at: Mapped[datetime]
    saved_at: Mapped[datetime | None]


class Request(Table):
    """An approval request. `details` are signed; `answer_key`, `code`, `qr`, `kept` go when it leaves pending.

    `kept` is what the action needs and nobody is shown, such as the hash of a new password. `attempts` counts wrong
    codes of the phone, `guesses` those of TOTP and recovery codes. By `words` it is found, `company` is that in which
    what it acts on lies. Where whoever asked gave a `result_key`, what is secret in the result is sealed for it.
    """

    __tablename__ = "requests"
    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    id: Mapped[str] = mapped_column(unique=True)
    action: Mapped[str]
    kind: Mapped[str]
    status: Mapped[str]
    administrator_id: Mapped[str] = mapped_column(ForeignKey("administrators.id"))
    device_id: Mapped[str | None] = mapped_column(ForeignKey("devices.id"), index=True)
    session_id: Mapped[str | None] = mapped_column(ForeignKey("sessions.id"), index=True)
    api_key_id: Mapped[str | None] = mapped_column(ForeignKey("api_keys.id"), index=True)
    console_id: Mapped[str | None] = mapped_column(ForeignKey("consoles.id"))
    details: Mapped[bytes]
    parameters: Mapped[dict[str, Any]]
    frozen: Mapped[bytes]
    server_signature: Mapped[bytes]
    sealed: Mapped[bytes]
    answer_key: Mapped[bytes | None]
    code: Mapped[bytes | None]
    qr: Mapped[bytes | None]
    kept: Mapped[bytes | None]
    result_key: Mapped[bytes | None]
    attempts: Mapped[int] = mapped_column(default=0)
    guesses: Mapped[int] = mapped_column(default=0, server_default="0")
    wait_hash: Mapped[bytes | None] = mapped_column(unique=True)
    redeemed_at: Mapped[datetime | None]
    redeem_proof: Mapped[bytes | None]
    pushed_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    created_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    void_reason: Mapped[str | None]
    reject_reason: Mapped[str | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    secret_result: Mapped[bytes | None]
    words: Mapped[str] = mapped_column(Text, default="", server_default="")
    company: Mapped[str | None]

    __table_args__ = (
        Index("requests_by_status", "status", "expires_at"),
        Index("requests_by_administrator", "administrator_id", "number"),
        Index("requests_by_time", "created_at"),
        Index(
            "requests_with_wrong_codes",
            "administrator_id",
            "created_at",
            sqlite_where=text("attempts > 0"),
            postgresql_where=text("attempts > 0"),
        ),
    )


class Notice(Table):
    """Something that an account's owner should know; never asks for anything. `facts` are shown as they are.

    `to_push` is whether the phone is still to be woken for it.
    """

    __tablename__ = "notices"
    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    id: Mapped[str] = mapped_column(unique=True)
    administrator_id: Mapped[str] = mapped_column(ForeignKey("administrators.id"))
    kind: Mapped[str]
    facts: Mapped[dict[str, Any]]
    at: Mapped[datetime]
    to_push: Mapped[bool]
    read_at: Mapped[datetime | None]

    __table_args__ = (Index("notices_by_administrator", "administrator_id", "number"),)


class IdempotencyKey(Table):
    """An answer that a repeated call gets again: a request, or the result of an action done at once.

    `caller` is the id of the account or API key that calls.
    """

    __tablename__ = "idempotency_keys"
    caller: Mapped[str] = mapped_column(primary_key=True)
    key: Mapped[str] = mapped_column(primary_key=True)
    body_hash: Mapped[bytes]
    request_id: Mapped[str | None]
    result: Mapped[dict[str, Any] | None] = mapped_column(JSON(none_as_null=True))
    created_at: Mapped[datetime]


class AuditEvent(Table):
    """One line of the audit log; `body` is what is hashed, the other columns only find it."""

    __tablename__ = "audit"
    number: Mapped[int] = mapped_column(
        BigInteger().with_variant(Integer, "sqlite"), primary_key=True, autoincrement=True
    )
    id: Mapped[str] = mapped_column(unique=True)
    at: Mapped[datetime] = mapped_column(index=True)
    event: Mapped[str]
    outcome: Mapped[str]
    actor: Mapped[str | None]
    request: Mapped[str | None] = mapped_column(index=True)
    company: Mapped[str | None]
    subjects: Mapped[str] = mapped_column(Text)
    words: Mapped[str] = mapped_column(Text)
    body: Mapped[bytes]
    hash: Mapped[bytes]

    __table_args__ = (
        Index("audit_by_actor", "actor", "event", "number"),
        Index("audit_by_event", "event", "number"),
        Index("audit_by_company", "company", "number"),
    )


class LiveNumber(Table):
    """The gapless counter of live events, one row."""

    __tablename__ = "live_number"
    id: Mapped[int] = mapped_column(primary_key=True)
    number: Mapped[int] = mapped_column(BigInteger)


class LiveEvent(Table):
    """A live event, kept for consoles that come back; `owner` null means that everybody may read the subject."""

    __tablename__ = "live_events"
    number: Mapped[int] = mapped_column(BigInteger, primary_key=True, autoincrement=False)
    topics: Mapped[list[str]] = mapped_column(JSON)
    subject: Mapped[str | None]
    owner: Mapped[str | None]
    at: Mapped[datetime]
