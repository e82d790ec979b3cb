"""Push on a phone without its maker's push service: the subscription is a stand-in, all else is the browser's own.

Chromium gets no subscription here, since it would come from a service on the Internet. What the service would hand over
is handed to the real service worker, decrypted, by the browser's own tools.
"""

import json
from typing import Any

from tests.phone.handset import Handset
from tests.push_service import Subscription

# One address a phone, as a browser has it, under the key that the app asked for; another one once it was given up.
STAND_IN = """(told) => {
  let current = null;
  let { endpoint } = told;
  const made = (applicationServerKey) => ({
    endpoint,
    options: { userVisibleOnly: true, applicationServerKey: new Uint8Array(applicationServerKey).buffer },
    toJSON() { return { ...told, endpoint: this.endpoint }; },
    unsubscribe: async () => { current = null; endpoint += '-anew'; return true; },
  });
  PushManager.prototype.getSubscription = async () => current;
  PushManager.prototype.subscribe = async ({ userVisibleOnly, applicationServerKey }) => {
    if (!userVisibleOnly) throw new TypeError('a push that shows nothing');
    current = made(applicationServerKey);
    return current;
  };
}"""

SHOWN = """async () => {
  const { active, ...rest } = await navigator.serviceWorker.ready;
  const registration = await navigator.serviceWorker.getRegistration('/phone/');
  return (await registration.getNotifications()).map(({ title, body, tag, data, actions }) =>
    ({ title, body, tag, data, actions: actions?.length ?? 0 }));
}"""

WINDOWS = "async () => (await self.clients.matchAll({ type: 'window', includeUncontrolled: true })).length"

# What a tap does, but for the activation that only a finger gives.
TAP = """async () => {
  const shown = await self.registration.getNotifications();
  self.opened = [];
  self.clients.openWindow = async (url) => { self.opened.push(url); return null; };
  self.dispatchEvent(new NotificationEvent('notificationclick', { notification: shown.at(-1) }));
}"""


class Pushed:
    """What a push service does for one phone."""

    def __init__(self, handset: Handset, subscription: Subscription) -> None:
        """Give the phone an address."""
        self._handset, self.subscription = handset, subscription
        self._registrations: list[str] = []
        handset.context.add_init_script(f"({STAND_IN})({json.dumps(subscription.told)})")
        handset.on_devtools("ServiceWorker.workerVersionUpdated", self._updated)
        handset.devtools("ServiceWorker.enable")

    def _updated(self, event: Any) -> None:
        # The browser drops a message for a worker that is still being installed, and says nothing of it.
        self._registrations += [each["registrationId"] for each in event["versions"] if each["status"] == "activated"]

    def deliver(self, text: str) -> None:
        """Hand a message over to the service worker, which runs although the app may be closed."""
        self._handset.until(lambda: bool(self._registrations))
        body = {"origin": self._handset.server.url, "registrationId": self._registrations[-1], "data": text}
        self._handset.devtools("ServiceWorker.deliverPushMessage", body)

    def shown(self) -> list[dict[str, Any]]:
        """Return the notifications that are on the screen."""
        found: list[dict[str, Any]] = self._handset.page.evaluate(SHOWN)
        return found

    def put_away(self) -> None:
        """Close the app; its window is gone for the service worker too."""
        self._handset.page.goto("about:blank")
        (worker,) = self._handset.context.service_workers
        self._handset.until(lambda: worker.evaluate(WINDOWS) == 0)

    def tap(self) -> None:
        """Tap the newest notification."""
        (worker,) = self._handset.context.service_workers
        worker.evaluate(TAP)

    def windows(self) -> list[str]:
        """Return the windows that the tap opened."""
        (worker,) = self._handset.context.service_workers
        found: list[str] = worker.evaluate("self.opened")
        return found
