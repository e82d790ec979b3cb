"""All companies that one sees, for choosing among them and for telling their names."""

from desktop.core.client import Client
from server.contract.company import Company


def all_companies(client: Client) -> list[Company]:
    """Read every page, in the order of their names; blocks."""
    found: list[Company] = []
    cursor = ""
    while True:
        page = client.companies({"limit": "100", **({"cursor": cursor} if cursor else {})})
        found += page.items
        if not page.next:
            return sorted(found, key=lambda company: company.name.casefold())
        cursor = page.next
