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


@pytest.mark.row("OB-10")
def test_what_others_wrote_is_whole_visible_and_only_text(connected: Handset, server: LivingServer) -> None:
    sealer = Sealer(server)
    target = [{"type": "computer", "id": f"cmp_{i}", "name": f"WS-{i:04}"} for i in range(999)]
    target.append({"type": MARKUP, "id": "cmp_last", "name": LONG})
    request = sealer.request(
        "req_hostile",
        target=[{"type": "user", "id": "usr_1", "name": REORDERED + MARKUP}, *target],
        summary=HIDDEN,
        consequence=MARKUP,
        reason=REORDERED,
        device_name=HIDDEN,
        application=MARKUP,
        notices=[MARKUP],
        parameters={"command": {"shell": "sh", "text": SCRIPT}, "onerror": MARKUP, "note": LONG},
        unheard_of={"deeper": [HIDDEN]},
    )
    sealer.show(connected, request)
    connected.open("#/request/req_hostile")
    connected.page.reload()
    connected.sees("invoice⟨U+202E⟩gnp.exe")
    page = connected.page
    title = page.title()
    for written in ("a⟨U+200B⟩b⟨U+2066⟩c⟨U+0007⟩d⟨U+00AD⟩", "⟨U+202E⟩# fdp⟨U+202C⟩", "exit⟨U+001B⟩[2K", MARKUP):
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
