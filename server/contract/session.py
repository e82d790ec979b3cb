"""Signing in to the console."""

from typing import Annotated

from pydantic import AfterValidator, Field

from server.contract.administrator import Administrator
from server.contract.message import Answer, Call, Claim, Password, Secret, Time, visible
from server.contract.request import Request


class SignIn(Call):
    """`console` is the secret by which the server knows this console again."""

    username: Annotated[str, Field(max_length=256), AfterValidator(visible)]
    password: Password
    device_name: Claim
    application: Claim
    console: Annotated[str, Field(max_length=256)] | None = None


class SignedIn(Answer):
    """`console` is null where the sign-in sent a valid one."""

    token: str
    expires_at: Time
    administrator: Administrator
    console: str | None = None


class Waiting(Answer):
    """The password was right; now a second factor. `methods` are the ways that are open."""

    request: Request
    wait_token: str
    methods: list[str]


class WaitToken(Call):
    """Carries the token of a sign-in that waits."""

    wait_token: Secret


class SignInByCode(Call):
    """A TOTP code or a recovery code for a sign-in that waits."""

    wait_token: Secret
    code: Annotated[str, Field(min_length=1, max_length=64, repr=False)]


class Session(Answer):
    """One of one's own sessions; `last_ip` is the newest other address than `ip` from which it was used."""

    id: str
    current: bool
    device_name: str
    application: str
    ip: str
    created_at: Time
    last_used_at: Time
    expires_at: Time
    last_ip: str | None = None
