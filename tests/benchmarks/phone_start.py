"""How long the phone app takes to its first screen on a slow phone, against an almost empty page of the same server.

    uv run python -m tests.benchmarks.phone_start [--runs 9]

Chromium with its processor slowed four times and a network like Fast 3G (1.4 Mbit/s down, 0.7 up, 563 ms for each
answer), as its own developer tools have them. The app has an account, so that its first screen is the list of what
waits. *Cold* has neither cached files nor service worker; *kept* starts from the service worker's files, as every
start after the first. The empty page is the server's answer to `GET /api/v1/health`, shown as text: one round trip, no
script.
"""

import argparse
import statistics
import tempfile
from collections.abc import Callable
from pathlib import Path

from playwright.sync_api import sync_playwright

from tests.living import LivingServer
from tests.phone import browser as chromium
from tests.phone.handset import Handset

SLOWED = 4
FAST_3G = {"offline": False, "latency": 562.5, "downloadThroughput": 180_000, "uploadThroughput": 84_375}
PAINTED = """() => new Promise((resolve) => new PerformanceObserver((list) => {
  for (const { startTime } of list.getEntriesByName('first-contentful-paint')) resolve(startTime);
}).observe({ type: 'paint', buffered: true }))"""
HEADED = """() => new Promise((resolve) => {
  const look = () => document.querySelector('h1') ? resolve(performance.now()) : requestAnimationFrame(look);
  look();
})"""


def main() -> None:
    """Measure, and print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--runs", type=int, default=9)
    runs = parser.parse_args().runs
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        camera = Path(folder, "camera.mjpeg")
        chromium.show(camera, "nothing of ours")
        server = LivingServer(Path(folder, "data"))
        server.start()
        browser = chromium.launch(playwright, camera)
        try:
            handset = Handset(chromium.context(browser), server)
            handset.protect(server.set_up())
            report(measured(handset, runs))
        finally:
            browser.close()
            server.stop()


def measured(handset: Handset, runs: int) -> dict[str, list[float]]:
    """Return the milliseconds of each start, the kinds taking turns, so that a noisy machine is noisy for all."""
    times: dict[str, list[float]] = {}

    def note(name: str, milliseconds: float) -> None:
        times.setdefault(name, []).append(milliseconds)

    def app(name: str) -> None:
        start(handset, handset.home)
        note(f"app {name}, first paint", handset.page.evaluate(PAINTED))
        note(f"app {name}, its heading", handset.page.evaluate(HEADED))

    handset.devtools("Network.enable")
    for _ in range(runs):
        forget(handset)
        start(handset, f"{handset.server.url}/api/v1/health")
        note("empty page, first paint", handset.page.evaluate(PAINTED))
        forget(handset)
        app("cold")
        slow(handset, slowed=False)
        handset.page.evaluate("navigator.serviceWorker.ready.then(() => true)")
        app("kept")
    return times


def start(handset: Handset, address: str) -> None:
    """Open an address, as slowly as that phone does."""
    slow(handset, slowed=False)
    handset.page.goto("about:blank")
    slow(handset, slowed=True)
    handset.page.goto(address, wait_until="commit")


def slow(handset: Handset, *, slowed: bool) -> None:
    """Make the phone slow, or as fast as this machine."""
    free = {"offline": False, "latency": 0, "downloadThroughput": -1, "uploadThroughput": -1}
    handset.devtools("Emulation.setCPUThrottlingRate", {"rate": SLOWED if slowed else 1})
    handset.devtools("Network.emulateNetworkConditions", FAST_3G if slowed else free)


def forget(handset: Handset) -> None:
    """Drop every file of the app that the phone has kept, and not its account."""
    slow(handset, slowed=False)
    handset.page.goto("about:blank")
    kinds = "cache_storage,service_workers"
    handset.devtools("Storage.clearDataForOrigin", {"origin": handset.server.url, "storageTypes": kinds})
    handset.devtools("Network.clearBrowserCache")


def report(times: dict[str, list[float]]) -> None:
    """Print what was measured."""
    told: Callable[[str], None] = print
    empty = statistics.median(times["empty page, first paint"])
    told(f"{'ms':26} {'median':>7} {'best':>7} {'worst':>7} {'ratio':>7}")
    for name, each in times.items():
        middle = statistics.median(each)
        columns = "".join(f"{value:8.0f}" for value in (middle, min(each), max(each)))
        told(f"{name:26}{columns}{middle / empty:8.2f}")


if __name__ == "__main__":
    main()
