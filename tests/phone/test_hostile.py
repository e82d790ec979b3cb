"""Texts that others chose: shown as text, what hides or reorders written out, and nothing cut before what matters."""

import pytest
from playwright.sync_api import expect

from tests.living import LivingServer
from tests.phone.handset import Handset
from tests.phone.sealed import Sealer

MARKUP = '<img src=x onerror="document.title=1"><script>document.title=2</script>'
REORDERED = "invoice\u202egnp.exe"
HIDDEN = "a\u200bb\u2066c\u0007d\u00ad"
LONG = "x" * 300 + "-and-then-all-customers"
SCRIPT = "echo harmless\r\n\u202e# fdp\u202c\n" + "rm -rf /srv # " + " " * 400 + "\nexit\x1b[2K"

CUT = """(text) => [...document.querySelectorAll('main *, header *')]
  .filter((it) => it.children.length === 0 && it.textContent.includes(text))
  .map((it) => ({ clipped: it.scrollWidth > it.clientWidth + 1 && getComputedStyle(it).overflowX === 'hidden',
                  outside: it.getBoundingClientRect().right > innerWidth + 1 }))"""

# Each but the last is one letter to a browser, which breaks no line within it, or covers the lines above and below.
LETTERS = {
    "jamo": "\u1100" * 150,
    "conjunct": "क्" * 60 + "क",
    "marks": "a" + "\u20dd" * 60 + "W" + "\u0300" * 100,
    "spaces": "a" + " " * 300 + "b",  # none of them is lost, so they need room too
}

# What was said when the phone was connected, and that it waits for its confirmation.
SAID = """async (text) => {
  const settled = (request) => new Promise((resolve) => { request.onsuccess = () => resolve(request.result); });
  const database = await settled(indexedDB.open('countersign'));
  const store = () => database.transaction('accounts', 'readwrite').objectStore('accounts');
  const [account] = await settled(store().getAll());
  const binding = { enrolment: 'AA', sas: '123456', expiresAt: 4102444800 };
  const told = { username: text, name: text, company: text, deviceName: text, binding };
  await settled(store().put({ ...account, ...told }));
  database.close();
}"""

# What scrolls sideways or is cut, and each text that reaches out of the screen; what is only heard has no room.
SIDEWAYS = """() => {
  const found = [];
  for (const it of document.querySelectorAll('html, .screen, .screen *, dialog, dialog *')) {
    if (it.closest('.unseen, svg, input') || getComputedStyle(it).overflowX === 'visible') continue;
    if (it.scrollWidth > it.clientWidth + 1) found.push(`${it.scrollWidth - it.clientWidth} px: ${it.className}`);
  }
  const texts = document.createTreeWalker(document.querySelector('#app'), NodeFilter.SHOW_TEXT);
  const range = document.createRange();
  while (texts.nextNode()) {
    if (texts.currentNode.parentElement.closest('.unseen')) continue;
    range.selectNodeContents(texts.currentNode);
    const right = Math.max(0, ...[...range.getClientRects()].map((rect) => rect.right));
    const wide = Math.max(0, ...[...range.getClientRects()].map((rect) => rect.width));
    if (right > innerWidth || wide > innerWidth - 16)
      found.push(`to ${right}: ${texts.currentNode.parentElement.outerHTML.slice(0, 80)}`);
  }
  return found;
}"""


def sideways(handset: Handset) -> list[str]:
    """Return what has no room on this screen, with type as it is and twice as large."""
    found: list[str] = []
    for size in ("200%", ""):
        handset.page.evaluate(f"document.documentElement.style.fontSize = '{size}'")
        found += [f"{size} {each}" for each in handset.page.evaluate(SIDEWAYS)]
    return found


@pytest.mark.parametrize("letter", LETTERS.values(), ids=LETTERS.keys())
def test_no_text_is_one_letter_without_end(connected: Handset, server: LivingServer, letter: str) -> None:
    sealer, page = Sealer(server), connected.page
    target = [{"type": "computer", "id": letter, "name": letter}] * 2
    given = {"command": {"shell": "sh", "text": letter}, "note": letter, "notes": [letter]}
    said = dict.fromkeys(("title", "summary", "consequence", "reason", "username", "device_name"), letter)
    told = {**said, "target": target, "parameters": given, "application": letter, "notices": [letter]}
    waits, over = (sealer.request(f"req_{name}", action=letter, **told) for name in ("waits", "over"))
    news = {"kind": letter, "action": letter, "username": letter, "device_name": letter, "phone": letter}
    event = sealer.notice("ntc_1", application=letter, ip=letter, **news)
    sealer.show(connected, waits, over | {"status": "void", "void_reason": letter}, news=[event])
    standing = {"status": "claimed", "push": False, "now": 0}
    page.route("**/phone/api/v1/device", lambda route: route.fulfill(json=standing))
    page.route("**/phone/api/v1/requests/*/decision", lambda route: route.fulfill(json={"status": "rejected"}))
    page.evaluate(SAID, letter)
    page.reload()
    connected.sees("Finish")
    wrong = {"home": sideways(connected)}
    for name, place, text in (
        ("digits", "#/add", "Type these digits"),
        ("events", "#/notices", "New"),
        ("event", "#/notices/ntc_1", "IP address"),
        ("settings", "#/settings", "Accounts on this phone"),
        ("over", "#/request/req_over", "things are acted on"),
        ("request", "#/request/req_waits", "things are acted on"),
    ):
        connected.open(place)
        connected.sees(text)
        wrong[name] = sideways(connected)
    connected.tap("Show identifiers")
    wrong["identifiers"] = sideways(connected)
    connected.tap("Reject")
    wrong["dialog"] = sideways(connected)
    page.get_by_role("dialog").get_by_role("button", name="I don’t want this").click()
    connected.heading("Rejected")
    wrong["done"] = sideways(connected)
    assert not {name: found for name, found in wrong.items() if found}


def test_each_space_that_is_signed_is_seen(connected: Handset, server: LivingServer) -> None:
    names = ["WS 01", "WS   01", " WS 01"]
    target = [{"type": "computer", "id": f"cmp_{i}", "name": name} for i, name in enumerate(names)]
    given = {"note": "to the left  of it", "user": "cmp_1"}
    sealer = Sealer(server)
    sealer.show(connected, sealer.request("req_spaces", target=target, parameters=given, reason="no   reason"))
    connected.open("#/request/req_spaces")
    connected.page.reload()
    connected.sees("things are acted on")
    # Only those that a browser draws are in it.
    assert connected.page.locator(".row-name").all_inner_texts() == names
    shown = connected.page.locator("main").inner_text()
    for text in ("to the left  of it", "WS   01 cmp_1", "no   reason"):
        assert text in shown


@pytest.mark.row("OB-10")
def test_what_others_wrote_is_whole_visible_and_only_text(connected: Handset, server: LivingServer) -> None:
    sealer = Sealer(server)
    target = [{"type": "computer", "id": f"cmp_{i}", "name": f"WS-{i:04}"} for i in range(999)]
    target.append({"type": MARKUP, "id": "cmp_last", "name": LONG})
    request = sealer.request(
        "req_hostile",
        target=[{"type": "user", "id": "usr_1", "name": REORDERED + MARKUP, "with": "all-her-computers"}, *target],
        summary=HIDDEN,
        consequence=MARKUP,
        reason=REORDERED,
        device_name=HIDDEN,
        application=MARKUP,
        notices=[MARKUP],
        parameters={"command": {"shell": "sh", "text": SCRIPT}, "onerror": MARKUP, "note": LONG},
        unheard_of={"deeper": ["and-more-than-that"]},
    )
    sealer.show(connected, request)
    connected.open("#/request/req_hostile")
    connected.page.reload()
    connected.sees("invoice⟨U+202E⟩gnp.exe")
    page = connected.page
    title = page.title()
    hidden = ("a⟨U+200B⟩b⟨U+2066⟩c⟨U+0007⟩d⟨U+00AD⟩", "⟨U+202E⟩# fdp⟨U+202C⟩", "exit⟨U+001B⟩[2K")
    for written in (*hidden, MARKUP, "all-her-computers", "and-more-than-that"):
        expect(page.get_by_text(written).first).to_be_attached()
    assert page.evaluate("document.querySelectorAll('main img, main script').length") == 0
    expect(page.get_by_text("1,001 things are acted on")).to_be_visible()
    connected.tap("Show all 1,001")
    expect(page.get_by_text("-and-then-all-customers").first).to_be_attached()
    for text in ("-and-then-all-customers", "rm -rf /srv", "invoice"):
        found = page.evaluate(CUT, text)
        assert found
        assert not any(each["clipped"] or each["outside"] for each in found), (text, found)
    assert page.title() == title
    # The console's digits are still needed: nothing in the texts pre-empts the person.
    expect(page.get_by_role("button", name="Approve")).to_be_disabled()


def test_details_that_could_be_read_in_two_ways_are_not_shown(connected: Handset, server: LivingServer) -> None:
    sealer = Sealer(server)
    sealer.show(
        connected,
        sealer.request("req_no_code", code_digits=0),
        sealer.request("req_v2", v=2),
        sealer.request("req_kind", kind="something"),
    )
    connected.page.reload()
    expect(connected.page.get_by_text("A request that cannot be trusted")).to_have_count(3)
    connected.open("#/request/req_no_code")
    connected.sees("The server asks for no code where one is always needed")
    expect(connected.page.get_by_role("button", name="Approve")).to_be_hidden()
