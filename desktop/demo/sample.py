"""The sample data: a provider of managed backup, its customers and their users, made through the API."""

from typing import NamedTuple

from desktop.core.client import Client
from desktop.core.storage import engine_missing
from desktop.demo.backups import Backups
from server.contract.company import NewCompany
from server.contract.user import NewUser

ORGANISATION = "Northwind Managed Services"
USERNAME, NAME, EMAIL = "amelia.hart", "Amelia Hart", "amelia.hart@northwind.example"
PASSWORD = "lantern-orchard-Velvet-38"  # noqa: S105 - of the demo's own account, on its own data, and shown there
LEAVER, STAYER = "mia.brandt@contoso.example", "oskar.lind@fabrikam.example"
ERASED = "kofi.mensah@litware.example"


class Person(NamedTuple):
    """A customer's user."""

    name: str
    company: str

    @property
    def email(self) -> str:
        """The login."""
        domain = self.company.split()[0].lower()
        return f"{self.folder}@{domain}.example"

    @property
    def folder(self) -> str:
        """Where the backups lie."""
        return self.name.lower().replace(" ", ".")


PEOPLE = [
    Person("Sofia Marin", "Wingtip Toys"),
    Person("Noah Weber", "Contoso"),
    Person("Ada Lindqvist", "Adatum"),
    Person("Ben Osei", "Tailspin Toys"),
    Person("Carla Ruiz", "Contoso"),
    Person("Daniel Novak", "Litware"),
    Person("Emma Larsen", "Wingtip Toys"),
    Person("Mia Brandt", "Contoso"),
    Person("Farid Haddad", "Litware"),
    Person("Grace Obi", "Fabrikam"),
    Person("Oskar Lind", "Fabrikam"),
    Person("Hana Sato", "Adatum"),
    Person("Ivo Petrov", "Tailspin Toys"),
    Person("Julia Meier", "Contoso"),
    Person("Kofi Mensah", "Litware"),
    Person("Lena Fischer", "Adatum"),
    Person("Marta Kowalska", "Fabrikam"),
    Person("Nils Eriksen", "Litware"),
    Person("Priya Nair", "Wingtip Toys"),
    Person("Tom Aldridge", "Tailspin Toys"),
]


def fill(client: Client, backups: Backups) -> int:
    """Make the companies and their users, and their backups where there is an engine; return how many users."""
    names = sorted({person.company for person in PEOPLE})
    companies = {name: client.add_company(NewCompany(name=name)).id for name in names}
    destination = None
    if not engine_missing(client.health()):
        backups.lay([person.folder for person in PEOPLE])
        destination = backups.connect(client, list(companies.values()))
    for person in PEOPLE:
        folder, company = person.folder if destination else None, companies[person.company]
        new = NewUser(username=person.email, name=person.name, company=company, destination=destination, folder=folder)
        client.add_user(new)
    return len(PEOPLE)
