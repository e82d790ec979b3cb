"""Push on a phone without its maker's push service: the subscription is a stand-in, all else is the browser's own.

Chromium gets no subscription here, since it would come from a service on the Internet. What the service would hand over
is handed to the real service worker, decrypted, by the browser's own tools.
"""

import json
from typing import Any

from playwright.sync_api import Worker

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

# The worker is asked, and no page: any page below the app's address is the app.
SHOWN = """async () => (await self.registration.getNotifications()).map(({ title, body, tag, data, actions }) =>
  ({ title, body, tag, data, actions: actions?.length ?? 0 }))"""
SWIPED = "async () => (await self.registration.getNotifications()).forEach((each) => each.close())"

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
        found: list[dict[str, Any]] = self._worker.evaluate(SHOWN)
        return found

    def swipe(self) -> None:
        """Take all of them from the screen."""
        self._worker.evaluate(SWIPED)
        self._handset.until(lambda: not self.shown())

    def put_away(self) -> None:
        """Close the app; its window is gone for the service worker too."""
        self._handset.page.goto("about:blank")
        self._handset.until(lambda: self._worker.evaluate(WINDOWS) == 0)

    def tap(self) -> None:
        """Tap the newest notification."""
        self._worker.evaluate(TAP)

    def windows(self) -> list[str]:
        """Return the windows that the tap opened."""
        found: list[str] = self._worker.evaluate("self.opened")
        return found

    @property
    def _worker(self) -> Worker:
        self._handset.until(lambda: bool(self._handset.context.service_workers))
        return self._handset.context.service_workers[-1]
