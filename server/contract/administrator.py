"""Administrators: who signs in to the console."""

from server.contract.message import Answer, Call, Email, Name, Password, Secret, Time, Username
from server.contract.permission import Permission, Role


class Administrator(Answer):
    """`companies` null means all of them; `invited` until when the invitation lasts, null once it was accepted.

    Who is not `enabled` cannot sign in, and nothing waits for him.
    """

    id: str
    username: str
    name: str
    email: str
    role: Role
    companies: list[str] | None
    permissions: list[Permission]
    two_factor: bool
    phone_away: bool = False
    enabled: bool = True
    invited: Time | None = None
    created_at: Time


class EditAdministrator(Call):
    """What is changed without a confirmation; what is left out stays."""

    name: Name | None = None
    email: Email | None = None


class Me(Administrator):
    """The signed-in account, its organisation, and whether an enrolment needs a grant.

    `origin` is the server's public URL, by which others get to it, whatever this caller calls it.
    `must_enrol_by` is when policy leaves an account without two-factor authentication nothing but to turn it on.
    """

    organisation: str
    origin: str = ""
    grant_required: bool
    must_enrol_by: Time | None = None


class SetUp(Call):
    """The first administrator, made with the set-up token."""

    organisation: Name
    username: Username
    email: Email
    password: Password
    name: Name | None = None


class Created(Answer):
    """Id and user name of a new account."""

    id: str
    username: str


class SetUpDone(Answer):
    """The account that set-up made."""

    administrator: Created


class AcceptInvitation(Call):
    """Sets the first password of an account made by `administrator.create`."""

    invitation: Secret
    password: Password


class InvitationAccepted(Answer):
    """`grant` lets the new account enrol its phone; it is told this once."""

    administrator: Created
    grant: str
