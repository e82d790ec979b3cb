"""The screens about the ways back in: recovery codes, an authenticator app, another phone, a lost one."""

from datetime import timedelta

from desktop.core.transport import Offline
from desktop.dialogs.enrolment import EnrolmentDialog
from desktop.dialogs.lost_phone import LostPhoneDialog
from desktop.dialogs.recovery_codes import RecoveryCodes, ResetRecoveryCodes
from desktop.dialogs.totp import TotpDialog
from server.contract.enrolment import EnrolmentStatus
from server.contract.problem import Problem
from server.contract.request import Request, RequestStatus
from tests.desktop.answers import CODES, EMPTY, LONG_CLAIM, NOW, Answers, request
from tests.desktop.scenes import SCENES, Stage, scene

UNCOVERED = "Change the security policy, Create administrator, Delete administrator, Delete user"


@scene
def settings_by_an_authenticator_app(stage: Stage) -> None:
    stage.world.method = "totp"
    stage.shell("settings")


@scene
def settings_without_a_phone(stage: Stage) -> None:
    stage.world.lost = True
    stage.world.codes = {"recovery_codes_left": 2}
    stage.shell("settings")


@scene
def settings_of_a_phone_on_probation(stage: Stage) -> None:
    stage.world.phone = {"probation_until": NOW + timedelta(hours=23)}
    stage.shell("settings")


@scene
def settings_without_recovery_codes(stage: Stage) -> None:
    stage.world.codes = EMPTY
    stage.shell("settings")


@scene
def settings_with_recovery_codes_that_nobody_kept(stage: Stage) -> None:
    stage.world.codes = {"recovery_codes_left": 10, "recovery_codes_saved_at": None, "recovery_codes_used_at": []}
    stage.shell("settings")


@scene
def settings_while_new_codes_wait(stage: Stage) -> None:
    stage.world.requests = [request(action="recovery_codes.reset", kind="authentication", target=[], consequence="")]
    stage.shell("settings")


@scene
def recovery_codes(stage: Stage) -> None:
    dialog = RecoveryCodes(stage.shell("settings"), stage.desk)
    dialog.open()
    dialog.tell()


@scene
def recovery_codes_not_kept(stage: Stage) -> None:
    dialog = RecoveryCodes(stage.shell("settings"), stage.desk)
    dialog.open()
    dialog.show_codes(CODES)
    dialog._keep._copy_all()
    dialog.reject()


@scene
def recovery_codes_not_told(stage: Stage) -> None:
    stage.world.told = Problem(410, "recovery_codes_told", "These recovery codes were told already")
    dialog = RecoveryCodes(stage.shell("settings"), stage.desk)
    dialog.open()
    dialog.tell()


@scene
def recovery_codes_out_of_reach(stage: Stage) -> None:
    stage.world.told = Offline()
    dialog = RecoveryCodes(stage.shell("settings"), stage.desk)
    dialog.open()
    dialog.tell()


@scene
def reset_recovery_codes(stage: Stage) -> None:
    ResetRecoveryCodes(stage.shell("settings"), stage.desk, left=8).open()


@scene
def reset_recovery_codes_by_an_authenticator_app(stage: Stage) -> None:
    stage.world.method = "totp"
    ResetRecoveryCodes(stage.shell("settings"), stage.desk, left=8).open()


@scene
def first_recovery_codes(stage: Stage) -> None:
    stage.world.foreseen = {"consequence": "They are shown once, in the console that asked. Its other sessions end."}
    ResetRecoveryCodes(stage.shell("settings"), stage.desk, left=0).open()


@scene
def another_phone_after_an_authenticator_app(stage: Stage) -> None:
    stage.world.method = "totp"
    change_of_phone_install(stage)


@scene
def another_phone_after_a_lost_one(stage: Stage) -> None:
    stage.world.lost = True
    change_of_phone_install(stage)


@scene
def protected_without_a_phone(stage: Stage) -> None:
    stage.world.lost = True
    stage.world.refuses = Problem(
        403,
        "no_device",
        "No phone is set up for this account",
        "Set up a new phone in Settings > General with a recovery code, or ask a colleague for a new start.",
    )
    SCENES["administrator_delete"](stage)


@scene
def lost_phone(stage: Stage) -> None:
    LostPhoneDialog(stage.shell("settings"), stage.desk, Answers(stage.world).two_factor()).open()


@scene
def lost_phone_with_one_code_left(stage: Stage) -> None:
    stage.world.codes = {"recovery_codes_left": 1}
    lost_phone(stage)


@scene
def lost_phone_without_a_code(stage: Stage) -> None:
    stage.world.codes = {"recovery_codes_left": 0}
    lost_phone(stage)


@scene
def lost_phone_with_a_long_name(stage: Stage) -> None:
    stage.world.long = True
    dialog = LostPhoneDialog(stage.shell("settings"), stage.desk, Answers(stage.world).two_factor())
    dialog.open()
    dialog._failed(Problem(403, "wrong_password", "The password is wrong"))


@scene
def totp(stage: Stage) -> None:
    stage.world.protected = False
    TotpDialog(stage.shell("settings"), stage.desk, uncovered=UNCOVERED).open()


@scene
def totp_instead_of_a_phone(stage: Stage) -> None:
    TotpDialog(stage.shell("settings"), stage.desk, uncovered=UNCOVERED, device="Pixel 9").open()


@scene
def totp_before_the_phone_is_asked(stage: Stage) -> None:
    _secret(stage, "Pixel 9")._send("123456")


def _secret(stage: Stage, device: str = "") -> TotpDialog:
    stage.world.protected = bool(device)
    dialog = TotpDialog(stage.shell("settings"), stage.desk, uncovered=UNCOVERED, device=device)
    dialog.open()
    dialog._begin.own._field.edit.setText("four-Unrelated-lantern-words")
    dialog._start()
    stage.settle()
    return dialog


@scene
def totp_secret(stage: Stage) -> None:
    _secret(stage)


@scene
def totp_wrong(stage: Stage) -> None:
    _secret(stage)._refused(Problem(422, "wrong_code", "This is not the app’s code", clock_ahead=240))


@scene
def totp_codes(stage: Stage) -> None:
    dialog = _secret(stage)
    dialog._turn(dialog._codes)
    dialog._codes.tell()


def _changing(stage: Stage) -> EnrolmentDialog:
    dialog = EnrolmentDialog(stage.shell("settings"), stage.desk)
    dialog.open()
    stage.settle()
    return dialog


def _confirming(stage: Stage, *methods: str, long: bool = False) -> None:
    dialog = _changing(stage)
    dialog._install.own._field.edit.setText("four-Unrelated-lantern-words")
    dialog._start()
    stage.settle()
    stage.world.enrolment = EnrolmentStatus.CLAIMED
    dialog._reload()
    stage.settle()
    dialog._new = LONG_CLAIM if long else "Pixel 10"
    dialog._compared(change_of_phone(*methods, long=long))


def change_of_phone(*methods: str, long: bool = False) -> Request:
    """Return the request of a change of phone."""
    by_phone = "phone" in methods
    return request(
        RequestStatus.PENDING,
        long=long,
        action="device.change",
        kind="authentication",
        consequence="",
        methods=list(methods),
        target=[{"type": "device", "id": "dev_2", "name": LONG_CLAIM if long else "Pixel 10"}],
        device=(LONG_CLAIM.title() if long else "Pixel 9") if by_phone else None,
        code="482913" if by_phone else None,
    )


@scene
def change_of_phone_install(stage: Stage) -> None:
    _changing(stage)


@scene
def change_of_phone_by_the_old_one(stage: Stage) -> None:
    _confirming(stage, "phone", "recovery_code")


@scene
def change_of_phone_with_long_names(stage: Stage) -> None:
    stage.world.long = True
    _confirming(stage, "phone", "recovery_code", long=True)


@scene
def change_of_phone_by_a_recovery_code(stage: Stage) -> None:
    _confirming(stage, "recovery_code")


@scene
def change_of_phone_by_an_authenticator_app(stage: Stage) -> None:
    stage.world.method = "totp"
    _confirming(stage, "totp", "recovery_code")


@scene
def change_of_phone_done(stage: Stage) -> None:
    stage.world.phone = {"probation_until": NOW + timedelta(hours=24)}
    dialog = _changing(stage)
    dialog._new = "Pixel 10"
    dialog._done()


@scene
def banner_about_recovery_codes(stage: Stage) -> None:
    stage.world.codes = {"recovery_codes_left": 10, "recovery_codes_saved_at": None, "recovery_codes_used_at": []}
    stage.shell()
