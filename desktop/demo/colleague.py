"""A colleague in the demo: a sub-administrator with a console session and a phone in software of his own."""

from pathlib import Path
from typing import NamedTuple

from desktop.core.client import Client
from desktop.demo.phone import SoftwarePhone
from server.contract.action import Executed
from server.contract.administrator import AcceptInvitation
from server.contract.enrolment import StartEnrolment
from server.contract.request import Request
from server.contract.session import SignedIn, SignIn

USERNAME, NAME, EMAIL = "jonas.keller", "Jonas Keller", "jonas.keller@northwind.example"
PASSWORD = "quiet-Harbour-19-marble-otter"  # noqa: S105 - of the demo's own account, on its own data
INVITED = {
    "username": USERNAME,
    "name": NAME,
    "email": EMAIL,
    "role": "sub_administrator",
    "companies": None,
    "permissions": ["users.delete"],
}
"""The parameters of the action that makes his account."""


class Colleague(NamedTuple):
    """What he works with."""

    client: Client
    phone: SoftwarePhone

    def ask_to_delete(self, user: str) -> Request:
        """Ask for what his own phone must approve."""
        asked = self.client.ask("user.delete", {"user": user, "mode": "user_only"})
        if not isinstance(asked, Request):
            message = "the deletion did not wait for a phone"
            raise TypeError(message)
        return asked


def invite(client: Client) -> str:
    """Make his account, while nobody has two-factor authentication and it is done at once; return the invitation."""
    done = client.ask("administrator.create", INVITED)
    if not isinstance(done, Executed) or done.result is None:
        message = "the colleague was not invited at once"
        raise TypeError(message)
    return str(done.result["invitation"])


def join(url: str, data: Path, invitation: str) -> Colleague:
    """Accept an invitation, sign in, and set a phone up; `data` is the demo's marked folder."""
    client, phone = Client(url), SoftwarePhone(data, "Jonas’s phone", "Demo phone (software)")
    accepted = client.accept_invitation(AcceptInvitation(invitation=invitation, password=PASSWORD))
    signed_in = client.sign_in(
        SignIn(username=USERNAME, password=PASSWORD, device_name="NW-LT-031", application="Countersign demo")
    )
    if not isinstance(signed_in, SignedIn):
        message = "a new account has no phone to wait for"
        raise TypeError(message)
    client.token = signed_in.token
    enrolment = client.start_enrolment(StartEnrolment(password=PASSWORD, grant=accepted.grant))
    digits = phone.enrol(enrolment.qr, USERNAME, PASSWORD)
    request = client.confirm_enrolment(enrolment.id, digits)
    phone.approve(request.id, request.code or "")
    return Colleague(client, phone)
