"""The screens about storage: the list, an account with all that belongs to it, the wizard, and what is asked before."""

from datetime import timedelta
from typing import Any, TypeVar

from PySide6.QtWidgets import QLineEdit, QPushButton, QRadioButton, QWidget

from desktop.core.storage import Service
from desktop.dialogs.storage_add import COMPANIES, CREDENTIALS, PLACE, AddStorage
from desktop.dialogs.storage_browse import BrowseStorage
from desktop.dialogs.storage_credentials import ChangeCredentials
from desktop.dialogs.storage_delete import DeleteStorage
from desktop.dialogs.storage_destination import DestinationForm
from desktop.dialogs.storage_remove import RemoveDestination
from desktop.dialogs.storage_rename import RenameStorage
from desktop.pages.storage import StoragePage
from desktop.pages.storage_account import AccountView
from desktop.widgets.table import Table
from server.contract.permission import Permission, Role
from server.contract.problem import Problem
from server.contract.request import Target
from server.contract.storage import Entry, TestResult, Tried
from tests.desktop.answers import LONG, LONG_CLAIM, NOW, request, user
from tests.desktop.answers_of_governing import company
from tests.desktop.answers_of_storage import HOST_KEY, account, destination, measuring, some_accounts, usages
from tests.desktop.scenes import Stage, scene

LONG_PLACE = "a-bucket-with-a-name-as-long-as-a-name-may-be-at-any-service-xx/and/a/path/below/it/that/goes/on"
NO_ENGINE = {"details": {"warnings": [], "storage_engine": False}}
Found = TypeVar("Found", bound=QWidget)

KEYS: dict[str, Any] = {"access_key": "X4T9GZK1Q2M7PD0NVL35", "secret_key": "q0Jp1Xw8m3vRz6TnLk2d"}


def page(stage: Stage, *, chosen: str = "") -> StoragePage:
    """Turn to the page, an account selected."""
    if not stage.world.storage.accounts:
        stage.world.storage.accounts = some_accounts()
    stage.shell("storage")
    if chosen:
        stage.find("storage.table", Table).select(chosen)
        stage.settle()
    return stage.find("page.storage", StoragePage)


def opened(stage: Stage, chosen: str = "sto_1") -> AccountView:
    """Open an account."""
    page(stage)._open(chosen)
    stage.settle()
    return stage.find("storage_account", AccountView)


def found(parent: QWidget, kind: type[Found], name: str) -> Found:
    """Return the widget of that name."""
    child = parent.findChild(kind, name)
    assert isinstance(child, kind), name
    return child


def wizard(stage: Stage, service: Service = Service.WASABI, **typed: str) -> AddStorage:
    """Open the wizard at the credentials of a service."""
    made = AddStorage(page(stage), stage.desk)
    made.open()
    stage.settle()
    found(made, QRadioButton, f"storage_add.service.{service}").click()
    made._step_on()
    for name, text in typed.items():
        found(made, QLineEdit, f"storage_add.{name}").setText(text)
    stage.settle()
    return made


def at_place(stage: Stage) -> AddStorage:
    """Open the wizard at the destination."""
    made = wizard(stage, region="eu-central-1", endpoint="https://s3.eu-central-1.wasabisys.com", **KEYS)
    made._step_on()
    stage.settle()
    assert made._step == PLACE
    return made


@scene
def storage(stage: Stage) -> None:
    page(stage)


@scene
def storage_one_selected(stage: Stage) -> None:
    page(stage, chosen="sto_1")


@scene
def storage_one_measuring(stage: Stage) -> None:
    page(stage, chosen="sto_2")


@scene
def storage_empty(stage: Stage) -> None:
    stage.shell("storage")


@scene
def storage_empty_for_a_reader(stage: Stage) -> None:
    stage.world.account = {"role": Role.SUB_ADMINISTRATOR, "permissions": [], "companies": ["cmp_1"]}
    stage.shell("storage")


@scene
def storage_none_found(stage: Stage) -> None:
    made = page(stage)
    made._search.setText("nothing like this")
    made._ask()


@scene
def storage_without_an_engine(stage: Stage) -> None:
    stage.world.health = NO_ENGINE
    page(stage)


@scene
def storage_with_long_names(stage: Stage) -> None:
    stage.world.long = True
    stage.world.storage.accounts = [account(each, LONG, "wasabi", destination(0, LONG, LONG_PLACE)) for each in (1, 2)]
    page(stage, chosen="sto_1")


@scene
def storage_account(stage: Stage) -> None:
    opened(stage)


@scene
def storage_account_measuring(stage: Stage) -> None:
    opened(stage, "sto_2")


@scene
def storage_account_failed(stage: Stage) -> None:
    opened(stage, "sto_3")


@scene
def storage_account_new(stage: Stage) -> None:
    stage.world.storage.usage = []
    opened(stage, "sto_5")


@scene
def storage_account_measured_once(stage: Stage) -> None:
    stage.world.storage.usage = usages(1)
    opened(stage)


@scene
def storage_account_tested(stage: Stage) -> None:
    stage.world.storage.tried = [Tried(result=TestResult.CLOCK_SKEW)]
    opened(stage)._test_now()


@scene
def storage_account_tested_well(stage: Stage) -> None:
    opened(stage)._test_now()


@scene
def storage_account_waiting(stage: Stage) -> None:
    target = [Target(type="storage_account", id="sto_1", name="Wasabi Frankfurt")]
    stage.world.requests = [request(action="storage_account.delete", title="Delete storage account", target=target)]
    opened(stage)


@scene
def storage_account_of_a_reader(stage: Stage) -> None:
    stage.world.account = {
        "role": Role.SUB_ADMINISTRATOR,
        "permissions": [Permission.USERS_EDIT],
        "companies": ["cmp_1"],
    }
    opened(stage)


@scene
def storage_account_without_an_engine(stage: Stage) -> None:
    stage.world.health = NO_ENGINE
    opened(stage)


@scene
def storage_account_with_long_names(stage: Stage) -> None:
    stage.world.companies = [company(number, LONG) for number in range(4)]
    long = [destination(each, LONG, LONG_PLACE) for each in range(2)]
    going = measuring(123_456_789, 999 * 10**12)
    stage.world.storage.accounts = [account(1, LONG, "wasabi", *long, measuring=going)]
    opened(stage)


@scene
def storage_add(stage: Stage) -> None:
    AddStorage(page(stage), stage.desk).open()


@scene
def storage_add_wasabi(stage: Stage) -> None:
    wizard(stage)


@scene
def storage_add_amazon(stage: Stage) -> None:
    wizard(stage, Service.AMAZON_S3)


@scene
def storage_add_minio_with_faults(stage: Stage) -> None:
    wizard(stage, Service.MINIO, endpoint="minio.northwind.example:9000")._step_on()


@scene
def storage_add_azure_refused(stage: Stage) -> None:
    stage.world.storage.tried = [Tried(result=TestResult.WRONG_KEY)]
    wizard(stage, Service.AZURE_BLOB, account="northwindbackup", key="c2VjcmV0")._step_on()


@scene
def storage_add_azure_malformed(stage: Stage) -> None:
    fields = {"settings.key": "is no key of a storage account, which is Base64"}
    stage.world.storage.tried = [Problem(422, "invalid", "Something in this does not fit", fields=fields)]
    wizard(stage, Service.AZURE_BLOB, account="northwindbackup", key="no key")._step_on()


@scene
def storage_add_local_refused(stage: Stage) -> None:
    why = "lies under none of the folders that this server’s configuration allows (storage_folders)"
    refused = Problem(422, "invalid", "Something in this does not fit", fields={"settings.path": why})
    stage.world.storage.tried = [refused]
    wizard(stage, Service.LOCAL, path="/etc")._step_on()


@scene
def storage_add_ceph_with_a_clock_that_is_off(stage: Stage) -> None:
    stage.world.storage.tried = [Tried(result=TestResult.CLOCK_SKEW)]
    wizard(stage, Service.CEPH, endpoint="https://rgw.northwind.example", **KEYS)._step_on()


@scene
def storage_add_tested(stage: Stage) -> None:
    wizard(stage, Service.AMAZON_S3, region="eu-central-1", **KEYS)._test(then_on=False)


@scene
def storage_add_without_an_engine(stage: Stage) -> None:
    stage.world.storage.tried = [Problem(503, "engine_missing", "The server has no storage engine")]
    wizard(stage, Service.AMAZON_S3, region="eu-central-1", **KEYS)._step_on()


@scene
def storage_add_sftp(stage: Stage) -> None:
    wizard(stage, Service.SFTP)


@scene
def storage_add_sftp_by_key(stage: Stage) -> None:
    made = wizard(stage, Service.SFTP, host="backup.northwind.example", username="countersign")
    found(made, QRadioButton, "storage_add.by_private_key").click()
    made._step_on()


@scene
def storage_add_sftp_comparing(stage: Stage) -> None:
    stage.world.storage.tried = [Tried(result=TestResult.HOST_KEY, host_key=HOST_KEY)]
    typed = {"host": "backup.northwind.example", "username": "countersign", "password": "secret"}
    wizard(stage, Service.SFTP, **typed)._step_on()


@scene
def storage_add_sftp_trusted(stage: Stage) -> None:
    storage_add_sftp_comparing(stage)
    stage.settle()
    stage.find("storage_add.host_key.trust", QPushButton).click()


@scene
def storage_add_local(stage: Stage) -> None:
    stage.world.storage.tried = [Tried(result=TestResult.NOT_ALLOWED)]
    wizard(stage, Service.LOCAL, path="/etc")._step_on()


@scene
def storage_add_place(stage: Stage) -> None:
    at_place(stage)


@scene
def storage_add_place_of_many(stage: Stage) -> None:
    stage.world.storage.places = [f"northwind-backups-{number:02}" for number in range(40)]
    at_place(stage)


@scene
def storage_add_place_made(stage: Stage) -> None:
    made = at_place(stage)
    found(made, QRadioButton, "storage_add.place.by_new").click()
    found(made, QLineEdit, "storage_add.place.new").setText("New Bucket")
    made._step_on()


@scene
def storage_add_place_not_there(stage: Stage) -> None:
    made = at_place(stage)
    found(made, QRadioButton, "storage_add.place.by_typed").click()
    field = found(made, QLineEdit, "storage_add.place.typed")
    field.setText("northwnid-backups")
    field.textEdited.emit("northwnid-backups")
    stage.world.storage.tried = [Tried(result=TestResult.NO_SUCH_PLACE, place="northwnid-backups")]
    made._step_on()
    stage.settle()


@scene
def storage_add_place_unlisted(stage: Stage) -> None:
    stage.world.storage.tried = [Tried(result=TestResult.NO_LIST_PERMISSION)]
    at_place(stage)


@scene
def storage_add_old_versions(stage: Stage) -> None:
    at_summary_of_versions(stage)


@scene
def storage_add_companies(stage: Stage) -> None:
    at_place(stage)._step_on()


@scene
def storage_add_companies_of_nobody(stage: Stage) -> None:
    stage.world.companies = []
    at_place(stage)._step_on()


def at_summary_of_versions(stage: Stage) -> AddStorage:
    """Open the wizard at its end, with a bucket that could not be emptied."""
    made = at_place(stage)
    stage.world.storage.tried = [Tried(result=TestResult.OLD_VERSIONS, place="northwind-archive")]
    for _ in range(2):
        made._step_on()
        stage.settle()
    return made


def at_summary(stage: Stage) -> AddStorage:
    """Open the wizard at its end, a bucket to be made for two companies."""
    made = at_place(stage)
    found(made, QRadioButton, "storage_add.place.by_new").click()
    field = found(made, QLineEdit, "storage_add.place.new")
    field.setText("northwind-2027")
    field.textEdited.emit("northwind-2027")
    made._step_on()
    stage.settle()
    assert made._step == COMPANIES
    assert made._companies._companies is not None
    made._companies._companies.show_value(["cmp_0", "cmp_1"])
    made._step_on()
    stage.settle()
    return made


@scene
def storage_add_summary(stage: Stage) -> None:
    at_summary(stage)


@scene
def storage_add_failed(stage: Stage) -> None:
    made = at_summary(stage)
    stage.world.storage.refuses["add_storage_account"] = Problem(500, "failed", "It did not work", "Try again.")
    made._step_on()


@scene
def storage_add_name_taken(stage: Stage) -> None:
    made = at_summary(stage)
    taken = Problem(409, "name_taken", "There is a storage account of this name")
    stage.world.storage.refuses["add_storage_account"] = taken
    made._step_on()
    stage.settle()
    assert made._step == CREDENTIALS


@scene
def storage_add_half_made(stage: Stage) -> None:
    made = at_summary(stage)
    refused = Problem(422, "storage_refused", "The service has refused", result="wrong_key")
    stage.world.storage.refuses["make_place"] = refused
    made._step_on()


@scene
def storage_credentials(stage: Stage) -> None:
    parent = page(stage)
    form = ChangeCredentials(parent, stage.desk, stage.world.storage.accounts[0])
    form.open()
    stage.settle()
    found(form, QLineEdit, "storage_credentials.secret_key").setText("q0Jp1Xw8m3vRz6TnLk2d")
    form._follow(now=True)


@scene
def storage_credentials_of_sftp(stage: Stage) -> None:
    parent = page(stage)
    form = ChangeCredentials(parent, stage.desk, stage.world.storage.accounts[2])
    form.open()
    stage.settle()
    other = HOST_KEY.replace("dh2l9GKJl", "dh2l9GKJm")
    stage.world.storage.tried = [Tried(result=TestResult.HOST_KEY, host_key=other)]
    found(form, QLineEdit, "storage_credentials.password").setText("secret")
    form._test(then_on=False)


@scene
def storage_credentials_of_another_account(stage: Stage) -> None:
    parent = page(stage)
    form = ChangeCredentials(parent, stage.desk, stage.world.storage.accounts[0])
    form.open()
    stage.settle()
    stage.world.storage.tried = [Tried(result=TestResult.NO_SUCH_PLACE, place="northwind-backups/customers")]
    found(form, QLineEdit, "storage_credentials.secret_key").setText("q0Jp1Xw8m3vRz6TnLk2d")
    form._submit()
    stage.settle()


@scene
def storage_credentials_with_faults(stage: Stage) -> None:
    parent = page(stage)
    form = ChangeCredentials(parent, stage.desk, stage.world.storage.accounts[0])
    form.open()
    stage.settle()
    form._submit()


@scene
def storage_delete(stage: Stage) -> None:
    DeleteStorage(page(stage), stage.desk, stage.world.storage.accounts[0]).open()


@scene
def storage_delete_refused(stage: Stage) -> None:
    advice = "Move them to another account first: mia.brandt@contoso.example, julia.meier@contoso.example."
    stage.world.refuses = Problem(409, "in_use", "2 users have their data there", advice)
    DeleteStorage(page(stage), stage.desk, stage.world.storage.accounts[0]).open()


@scene
def storage_delete_with_a_long_name(stage: Stage) -> None:
    stage.world.storage.accounts = [account(1, LONG, "wasabi", destination(0))]
    DeleteStorage(page(stage), stage.desk, stage.world.storage.accounts[0]).open()


@scene
def storage_rename(stage: Stage) -> None:
    form = RenameStorage(page(stage), stage.desk, some_accounts()[0])
    form.open()
    form._field.edit.clear()
    form._submit()


@scene
def storage_remove(stage: Stage) -> None:
    one = some_accounts()[0]
    RemoveDestination(page(stage), stage.desk, one, one.destinations[0]).open()


@scene
def storage_remove_of_one_in_use(stage: Stage) -> None:
    stage.world.users = [user(number, destination=some_accounts()[0].destinations[0].id) for number in range(3)]
    storage_remove(stage)


@scene
def storage_destination(stage: Stage) -> None:
    DestinationForm(page(stage), stage.desk, stage.world.storage.accounts[0], stage.world.companies).open()


@scene
def storage_destination_of_a_service_that_is_away(stage: Stage) -> None:
    stage.world.storage.tried = [Tried(result=TestResult.UNREACHABLE)]
    form = DestinationForm(page(stage), stage.desk, stage.world.storage.accounts[0], stage.world.companies)
    form.open()
    stage.settle()
    form._submit()


@scene
def storage_destination_edited(stage: Stage) -> None:
    parent = page(stage)
    one = stage.world.storage.accounts[0]
    DestinationForm(parent, stage.desk, one, stage.world.companies, one.destinations[0]).open()


@scene
def storage_browse(stage: Stage) -> None:
    stage.world.storage.entries = [
        Entry(name="customers", folder=True, size=None),
        Entry(name="archive-2025", folder=True, size=None),
        Entry(name="manifest.json", folder=False, size=48_213),
        Entry(name=f"{LONG_CLAIM}-full-backup.vhdx", folder=False, size=214 * 10**9),
    ]
    BrowseStorage(page(stage), stage.desk, some_accounts()[0], "northwind-backups").open()


@scene
def storage_browse_of_nothing(stage: Stage) -> None:
    BrowseStorage(page(stage), stage.desk, some_accounts()[0]).open()


@scene
def storage_browse_refused(stage: Stage) -> None:
    refused = Problem(422, "storage_refused", "The service has refused", result="no_such_place")
    stage.world.storage.refuses["browse_storage"] = refused
    BrowseStorage(page(stage), stage.desk, some_accounts()[0], "northwind-backups").open()


@scene
def overview_with_storage(stage: Stage) -> None:
    stage.world.storage.accounts = some_accounts()
    stage.world.storage.usage = usages(60)
    late = NOW - timedelta(days=5)
    stage.world.storage.accounts[3] = account(4, "NAS", "local", destination(1, measured_at=late))
    stage.shell("overview")
