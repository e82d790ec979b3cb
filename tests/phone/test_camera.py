"""The camera: open only while somebody looks, missed when it goes, and read by whatever reads QR codes here."""

import json
from pathlib import Path

import pytest
from playwright.sync_api import expect

from tests.living import PASSWORD, TestConsole
from tests.phone.browser import show
from tests.phone.handset import Handset

COUNTED = """
  window.streams = [];
  const open = navigator.mediaDevices.getUserMedia.bind(navigator.mediaDevices);
  navigator.mediaDevices.getUserMedia = async (wanted) => {
    const opened = await open(wanted);
    streams.push(opened);
    return opened;
  };
"""
STATES = "streams.map((stream) => stream.getTracks()[0].readyState)"
BECOME = """(state) => {
  Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
  document.dispatchEvent(new Event('visibilitychange'));
}"""
TAKEN_AWAY = """() => {
  const [track] = streams.at(-1).getTracks();
  track.stop();
  track.dispatchEvent(new Event('ended'));
}"""

DETECTOR = "window.BarcodeDetector = class {{ static async getSupportedFormats() {{ {formats} }} {rest} }};"
HAS = "return ['qr_code'];"
REFUSING = {
    "detecting": DETECTOR.format(formats=HAS, rest="async detect() { throw new DOMException('', 'UnknownError'); }"),
    "making": DETECTOR.format(formats=HAS, rest="constructor() { throw new TypeError('none'); }"),
    "formats": DETECTOR.format(formats="throw new TypeError('none');", rest=""),
}


def scanning(handset: Handset) -> None:
    """Open the camera, and count how often it is opened."""
    handset.context.add_init_script(COUNTED)
    handset.open()
    handset.tap("Scan the QR code")
    handset.sees("Point the camera")
    handset.until(lambda: states(handset) == ["live"])


def states(handset: Handset) -> list[str]:
    """Return how it stands with each stream that was opened."""
    found: list[str] = handset.page.evaluate(STATES)
    return found


def test_the_camera_is_open_only_while_the_app_is_seen(handset: Handset) -> None:
    scanning(handset)
    handset.page.evaluate(BECOME, "hidden")
    handset.until(lambda: states(handset) == ["ended"])
    handset.page.evaluate(BECOME, "visible")
    handset.until(lambda: states(handset) == ["ended", "live"])
    handset.sees("Point the camera")
    handset.tap("Back")
    handset.until(lambda: states(handset) == ["ended", "ended"])


def test_a_camera_that_goes_away_is_told_and_opened_again(handset: Handset, console: TestConsole, camera: Path) -> None:
    show(camera, "nothing of ours")
    scanning(handset)
    handset.page.evaluate(TAKEN_AWAY)
    handset.sees("The camera has stopped")
    show(camera, console.call("POST", "/enrolments", {"password": PASSWORD})["qr"])
    handset.tap("Try again")
    expect(handset.page.get_by_label("User name")).to_be_visible()
    assert states(handset) == ["ended", "ended"]


def test_the_phones_own_reader_is_asked_first(handset: Handset, console: TestConsole, camera: Path) -> None:
    show(camera, "nothing of ours")
    link = console.call("POST", "/enrolments", {"password": PASSWORD})["qr"]
    finds = f"async detect() {{ return [{{ rawValue: {json.dumps(link)} }}]; }}"
    handset.context.add_init_script(DETECTOR.format(formats=HAS, rest=finds))
    handset.open()
    handset.tap("Scan the QR code")
    expect(handset.page.get_by_label("User name")).to_be_visible()


@pytest.mark.parametrize("refusing", REFUSING.values(), ids=REFUSING.keys())
def test_where_the_phones_own_reader_refuses_the_apps_takes_its_place(
    handset: Handset, console: TestConsole, camera: Path, refusing: str
) -> None:
    show(camera, console.call("POST", "/enrolments", {"password": PASSWORD})["qr"])
    handset.context.add_init_script(refusing)
    handset.open()
    handset.tap("Scan the QR code")
    expect(handset.page.get_by_label("User name")).to_be_visible()
