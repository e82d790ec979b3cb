"""The server as the console sees it: one method per endpoint, contract in, contract out."""

from collections.abc import Callable, Mapping
from http import HTTPStatus
from pathlib import Path
from typing import Any
from urllib.parse import quote

from pydantic import RootModel
from requests import Response

from desktop.core.calls import Query, parsed
from desktop.core.results import Attempt, Results
from desktop.core.storage_calls import StorageCalls
from desktop.core.user_calls import UserCalls
from server.contract.action import ActionInfo, ActionList, Ask, Executed, Preview
from server.contract.administrator import (
    AcceptInvitation,
    Administrator,
    Created,
    EditAdministrator,
    InvitationAccepted,
    Me,
    SetUp,
    SetUpDone,
)
from server.contract.api_key import ApiKey
from server.contract.audit import AuditEvent
from server.contract.company import Company, EditCompany, NewCompany
from server.contract.enrolment import ConfirmEnrolment, Enrolment, StartedEnrolment, StartEnrolment
from server.contract.health import Health
from server.contract.message import Page
from server.contract.overview import Overview
from server.contract.policy import ShownPolicy
from server.contract.reach import Install, Origin, Pinned, Reach
from server.contract.request import Request, RequestAnswer
from server.contract.session import Session, SignedIn, SignIn, SignInByCode, Waiting, WaitToken
from server.contract.two_factor import ConfirmByCode, LostPhone, RecoveryCodes, StartedTotp, StartTotp, TwoFactor

Evidence = RootModel[dict[str, Any]]


class Client(StorageCalls, UserCalls):
    """Raises `Problem` for what the server refuses and `Offline` where it cannot be reached."""

    def __init__(self, url: str, authority: str = "") -> None:
        super().__init__(url, authority)
        self.results = Results()

    def health(self) -> Health:
        """Tell how the server is, and whether it is set up."""
        return self._read("/health", Health)

    def set_up(self, form: SetUp, setup_token: str) -> Created:
        """Make the first administrator."""
        return self._send("POST", "/setup", SetUpDone, form, headers={"Setup-Token": setup_token}).administrator

    def accept_invitation(self, form: AcceptInvitation) -> InvitationAccepted:
        """Set the first password of an invited account."""
        return self._send("POST", "/invitations", InvitationAccepted, form)

    def sign_in(self, form: SignIn) -> SignedIn | Waiting:
        """Sign in, or learn what is still waited for."""
        response = self._call("POST", "/sessions", body=form.model_dump_json(exclude_unset=True))
        if response.status_code == HTTPStatus.ACCEPTED:
            return parsed(response, Waiting)
        return parsed(response, SignedIn)

    def complete_sign_in(self, wait_token: str) -> SignedIn | Request:
        """Redeem the wait token, or return the request that still waits."""
        body = WaitToken(wait_token=wait_token)
        response = self._call("POST", "/sessions/complete", body=body.model_dump_json())
        if response.status_code == HTTPStatus.ACCEPTED:
            return parsed(response, RequestAnswer).request
        return parsed(response, SignedIn)

    def cancel_sign_in(self, wait_token: str) -> Request:
        """Take the request to sign in back."""
        body = WaitToken(wait_token=wait_token)
        return self._send("POST", "/sessions/cancel", RequestAnswer, body).request

    def sign_in_by_totp(self, form: SignInByCode) -> SignedIn:
        """Confirm a waiting sign-in with the authenticator app's code."""
        return self._send("POST", "/sessions/totp", SignedIn, form)

    def sign_in_by_recovery_code(self, form: SignInByCode, *, lost: bool = False) -> SignedIn:
        """Confirm a waiting sign-in with a recovery code; with `lost` the account's phone is cut off as well."""
        return self._send("POST", "/sessions/lost-phone" if lost else "/sessions/recovery", SignedIn, form)

    def sessions(self) -> Page[Session]:
        """List one's own sessions."""
        return self._read("/sessions", Page[Session])

    def end_session(self, session: str = "current") -> None:
        """End one's own session."""
        self._call("DELETE", f"/sessions/{quote(session)}")

    def me(self) -> Me:
        """Tell who is signed in."""
        return self._read("/me", Me)

    def actions(self) -> list[ActionInfo]:
        """List the actions on offer."""
        return self._read("/actions", ActionList).items

    def preview(self, action: str, parameters: Mapping[str, Any], reason: str = "") -> dict[str, Any]:
        """Return what the phone would show; asks nobody."""
        body = Ask(parameters=dict(parameters), reason=reason)
        return self._send("POST", f"/actions/{quote(action)}/preview", Preview, body).details

    def ask(
        self, action: str, parameters: Mapping[str, Any], reason: str = "", attempt: Attempt | None = None
    ) -> Executed | Request:
        """Ask for a protected action; with the same `attempt`, asking twice is the same as asking once."""
        attempt = attempt or Attempt()
        body = Ask(parameters=dict(parameters), reason=reason)
        text = body.model_dump_json(exclude_unset=True)
        self.results.expect(attempt)
        response = self._call("POST", f"/actions/{quote(action)}", body=text, headers=attempt.headers)
        if response.status_code == HTTPStatus.ACCEPTED:
            return parsed(response, RequestAnswer).request
        return parsed(response, Executed)

    def requests(self, query: Query) -> Page[Request]:
        """List approval requests, newest first."""
        return self._read("/requests", Page[Request], query)

    def request(self, request: str) -> Request:
        """Return one approval request; the first call after its end tells a secret that it made."""
        return self.results.opened(self._read(f"/requests/{quote(request)}", Request))

    def cancel_request(self, request: str) -> Request:
        """Take a pending request back."""
        return self._send("POST", f"/requests/{quote(request)}/cancel", RequestAnswer).request

    def confirm_by_totp(self, request: str, code: str) -> Request:
        """Confirm one's own request with the authenticator app's code."""
        body = ConfirmByCode(code=code)
        return self._send("POST", f"/requests/{quote(request)}/totp", RequestAnswer, body).request

    def confirm_by_recovery_code(self, request: str, code: str) -> Request:
        """Confirm one's own change of the phone with a recovery code."""
        body = ConfirmByCode(code=code)
        return self._send("POST", f"/requests/{quote(request)}/recovery", RequestAnswer, body).request

    def evidence(self, request: str) -> dict[str, Any]:
        """Return the proof of a decision, which anybody can check; that it was taken out is audited."""
        return self._read(f"/requests/{quote(request)}/evidence", Evidence).root

    def events(self, after: str | None) -> Response:
        """Open the stream of live events."""
        headers = {"Accept": "text/event-stream", **({"Last-Event-ID": after} if after else {})}
        return self._call("GET", "/events", headers=headers, stream=True)

    def two_factor(self) -> TwoFactor:
        """Tell how one's own account is protected."""
        return self._read("/two-factor", TwoFactor)

    def start_totp(self, form: StartTotp) -> StartedTotp:
        """Make the secret that an authenticator app is to hold."""
        return self._send("POST", "/two-factor/totp", StartedTotp, form)

    def report_lost_phone(self, form: LostPhone) -> TwoFactor:
        """Cut one's own phone off, and end one's other sessions."""
        return self._send("POST", "/two-factor/lost-phone", TwoFactor, form)

    def recovery_codes(self) -> list[str]:
        """Return the codes that this session's own action has made; told once."""
        return self.results.opened_codes(self._read("/recovery-codes", RecoveryCodes))

    def say_codes_saved(self) -> None:
        """Tell the server that the person has kept them."""
        self._call("POST", "/recovery-codes/saved")

    def test_notification(self) -> None:
        """Wake one's own phone, to see whether that works; how it goes is in the state of two-factor authentication."""
        self._call("POST", "/two-factor/test-notification")

    def start_enrolment(self, form: StartEnrolment) -> StartedEnrolment:
        """Make the QR code that enrols a phone."""
        return self._send("POST", "/enrolments", StartedEnrolment, form)

    def enrolment(self, enrolment: str) -> Enrolment:
        """Tell how far an enrolment has come."""
        return self._read(f"/enrolments/{quote(enrolment)}", Enrolment)

    def confirm_enrolment(self, enrolment: str, sas: str) -> Request:
        """Send the six digits that the phone shows."""
        attempt, body = Attempt(), ConfirmEnrolment(sas=sas)
        self.results.expect(attempt)
        path, headers = f"/enrolments/{quote(enrolment)}/confirm", attempt.headers
        return parsed(self._call("POST", path, body=body.model_dump_json(), headers=headers), RequestAnswer).request

    def stop_enrolment(self, enrolment: str) -> None:
        """End an enrolment that is not finished."""
        self._call("DELETE", f"/enrolments/{quote(enrolment)}")

    def reach(self) -> Reach:
        """Tell how phones reach the server, and whether one has got through."""
        return self._read("/reach", Reach)

    def authority(self) -> Pinned:
        """Return the server's own authority; without one a `Problem` says so."""
        return self._read("/authority", Pinned)

    def open_install_page(self) -> Install:
        """Open the page from which a phone takes the server's authority, or keep it open for another minute."""
        return self._send("POST", "/reach/install", Install)

    def close_install_page(self) -> None:
        """Close that page."""
        self._call("DELETE", "/reach/install")

    def origins(self) -> list[Origin]:
        """List the addresses under which phones know the server, with their phones."""
        return self._read("/origins", Page[Origin]).items

    def companies(self, query: Query) -> Page[Company]:
        """List companies."""
        return self._read("/companies", Page[Company], query)

    def add_company(self, form: NewCompany) -> Company:
        """Make a company."""
        return self._send("POST", "/companies", Company, form)

    def edit_company(self, company: str, form: EditCompany) -> Company:
        """Give a company another name."""
        return self._send("PATCH", f"/companies/{quote(company)}", Company, form)

    def overview(self) -> Overview:
        """Count what there is, and how the last days went."""
        return self._read("/overview", Overview)

    def policy(self) -> ShownPolicy:
        """Tell what the organisation asks of its administrators."""
        return self._read("/policy", ShownPolicy)

    def api_keys(self, query: Query) -> Page[ApiKey]:
        """List API keys that can be used."""
        return self._read("/api-keys", Page[ApiKey], query)

    def end_api_key(self, key: str) -> None:
        """End an API key at once."""
        self._call("DELETE", f"/api-keys/{quote(key)}")

    def administrators(self, query: Query) -> Page[Administrator]:
        """List who may sign in to the console."""
        return self._read("/administrators", Page[Administrator], query)

    def administrator(self, administrator: str) -> Administrator:
        """Return one of them."""
        return self._read(f"/administrators/{quote(administrator)}", Administrator)

    def edit_administrator(self, administrator: str, form: EditAdministrator) -> Administrator:
        """Change the members that are set in `form`."""
        return self._send("PATCH", f"/administrators/{quote(administrator)}", Administrator, form)

    def audit(self, query: Query) -> Page[AuditEvent]:
        """List audit events, newest first."""
        return self._read("/audit", Page[AuditEvent], query)

    def export_audit(self, query: Query, target: Path, progress: Callable[[int], None] | None = None) -> int:
        """Write the matching events to a file, which appears only once it is whole; return its size."""
        return self._download("/audit/export", query, target, progress)
