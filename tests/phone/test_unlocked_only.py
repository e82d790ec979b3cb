"""Only an unlocked phone approves: not its service worker, not an altered page, not one whose owner stays away."""

import pytest

from tests.living import TestConsole
from tests.phone.handset import Handset

USER = "mia.brandt@contoso.example"

# A page that was altered to ask for no unlocking.
DISCOURAGED = """
  const get = CredentialsContainer.prototype.get;
  CredentialsContainer.prototype.get = function (options) {
    options.publicKey.userVerification = 'discouraged';
    return get.call(this, options);
  };
  0;
"""


@pytest.mark.row("OB-8")
def test_a_page_altered_to_ask_for_no_unlocking_is_refused(connected: Handset, console: TestConsole) -> None:
    request = console.delete(console.user(USER))
    connected.review()
    connected.page.evaluate(DISCOURAGED)
    connected.unlocks(able=False)
    connected.approve(request["code"])
    connected.sees("The server could not verify this answer")
    assert console.request(request["id"])["status"] == "pending"
    assert "request:refused" in console.events_of(request["id"])


@pytest.mark.row("OB-9")
def test_the_service_worker_has_nothing_to_approve_with(connected: Handset, console: TestConsole) -> None:
    request = console.delete(console.user(USER))
    connected.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
    (worker,) = connected.context.service_workers
    missing = "[typeof navigator.credentials, typeof PublicKeyCredential, typeof document]"
    assert worker.evaluate(missing) == ["undefined"] * 3
    refused = worker.evaluate(
        f"fetch('/phone/api/v1/requests/{request['id']}/decision', {{ method: 'POST', body: new Uint8Array(200) }})"
        ".then(({ status }) => status)"
    )
    assert refused == 401
    assert console.request(request["id"])["status"] == "pending"


def test_a_browser_that_cannot_unlock_says_so(connected: Handset, console: TestConsole) -> None:
    request = console.delete(console.user(USER))
    connected.review()
    connected.type_code(request["code"])
    connected.page.evaluate("navigator.credentials.get = 0")
    connected.tap("Approve")
    connected.sees("The phone could not ask for the screen lock")
    connected.page.evaluate("delete window.PublicKeyCredential")
    connected.tap("Approve")
    connected.sees("This browser cannot ask for the screen lock")
    assert console.request(request["id"])["status"] == "pending"
