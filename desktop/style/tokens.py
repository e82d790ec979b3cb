"""The colours, as the design names them."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Tokens:
    """One theme's colours; `*_ground` is what text of that colour may stand on."""

    name: str
    background: str
    panel: str
    card: str
    line: str
    text: str
    muted: str
    accent: str
    tint: str
    on_accent: str
    good: str
    good_ground: str
    waiting: str
    waiting_ground: str
    bad: str
    bad_ground: str
    field_line: str
    hover: str
    accent_hover: str
    scroll: str

    def colour(self, name: str) -> str:
        """Return a colour by its name."""
        return str(getattr(self, name))


LIGHT = Tokens(
    name="light",
    background="#f6f7f9",
    panel="#ffffff",
    card="#ffffff",
    line="#e4e7ec",
    text="#101828",
    muted="#667085",
    accent="#3b5bdb",
    tint="#eef2ff",
    on_accent="#ffffff",
    good="#067647",
    good_ground="#dcfae6",
    waiting="#b54708",
    waiting_ground="#fef0c7",
    bad="#b42318",
    bad_ground="#fee4e2",
    field_line="#858d9d",
    hover="#f2f4f7",
    accent_hover="#3350c4",
    scroll="#c4c9d2",
)

DARK = Tokens(
    name="dark",
    background="#0f1218",
    panel="#141820",
    card="#181d27",
    line="#272d3a",
    text="#eceff5",
    muted="#94a0b4",
    accent="#748ffc",
    tint="#232b47",
    on_accent="#0f1218",
    good="#6ce9a6",
    good_ground="#0f3826",
    waiting="#fec84b",
    waiting_ground="#43310b",
    bad="#fda29b",
    bad_ground="#4a1a17",
    field_line="#616a79",
    hover="#1f2532",
    accent_hover="#8aa1fd",
    scroll="#3d4554",
)

QR_DARK = "#101828"
QR_LIGHT = "#ffffff"
"""A QR code looks the same in both themes: cameras expect dark on light."""
