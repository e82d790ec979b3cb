"""A sample of every protected action: who asks for it, for what, how one sees that it happened, what changes it.

What is proved of all actions is proved of these: an action without a sample is an action without proof.
"""

from typing import Any, ClassVar

from typing_extensions import override

from desktop.demo.phone import SoftwarePhone
from tests.gates.world import COLLEAGUES_PASSWORD, Actor, World, app_of, credentials
from tests.living import TestConsole

NEW_PASSWORD = "seven-Copper-umbrellas-drift"

SAMPLES: dict[str, type["Sample"]] = {}


class Sample:
    """One who asks for one action; each `ask` is for another target."""

    action: ClassVar[str]
    permission: ClassVar[str | None] = None
    role: ClassVar[str] = "sub_administrator"
    once: ClassVar[bool] = False
    """Whether it changes its own account, so that a second one needs another account."""

    def __init__(self, world: World) -> None:
        """Make the one who asks."""
        self.world = world
        self.actor = self.made_actor()

    @override
    def __init_subclass__(cls) -> None:
        """Keep it by its action."""
        SAMPLES[cls.action] = cls

    def made_actor(self) -> Actor:
        """Make an account that may ask for just this."""
        return self.world.actor(*([self.permission] if self.permission else []), role=self.role)

    @property
    def phone(self) -> SoftwarePhone:
        """Return the phone that decides."""
        return self.actor.own_phone

    @property
    def console(self) -> TestConsole:
        """Return the console that asks."""
        return self.actor.console

    def parameters(self) -> dict[str, Any]:
        """Make a target; return the parameters that name it."""
        return {}

    def ask(self) -> Any:
        """Ask for a new target; the request."""
        return self.actor.ask(self.action, self.parameters())

    def cancel(self, request: str) -> Any:
        """Call it off, as the one who asked."""
        return self.console.call("POST", f"/requests/{request}/cancel")

    def end_session(self) -> None:
        """End the session that asked."""
        self.console.call("DELETE", "/sessions/current")

    def happened(self) -> bool:
        """Whether what was asked for last has happened, seen from outside."""
        raise NotImplementedError

    def change(self) -> None:
        """Change the target of what was asked for last."""
        raise NotImplementedError


def administrator(world: World, which: str) -> Any:
    """Return an administrator as the first provider sees it; null where it is gone."""
    answer = world.root.console.raw("GET", f"/administrators/{which}")
    return answer.json() if answer.status_code == 200 else None


class SignIn(Sample):
    """What happens is that the wait token opens a session, once."""

    action = "sign_in"
    once = True

    @override
    def ask(self) -> Any:
        self.desk, self.opened = TestConsole(self.console.url), False
        waiting = self.desk.begin_sign_in(self.actor.username, self.actor.password)
        self.token = waiting["wait_token"]
        return waiting["request"]

    @override
    def cancel(self, request: str) -> Any:
        return self.desk.call("POST", "/sessions/cancel", {"wait_token": self.token})

    @override
    def happened(self) -> bool:
        redeemed = self.desk.raw("POST", "/sessions/complete", {"wait_token": self.token}).status_code == 201
        assert not (redeemed and self.opened), "a wait token was redeemed twice"
        self.opened = self.opened or redeemed
        return self.opened


class EnableTwoFactor(Sample):
    """An account with a grant, and its first phone."""

    action = "two_factor.enable"
    once = True

    @override
    def made_actor(self) -> Actor:
        actor = self.world.actor(phone=False)
        actor.phone = SoftwarePhone(None, f"Phone of {actor.username}")
        return actor

    @override
    def ask(self) -> Any:
        return self.console.enrol(self.phone, self.actor.username, self.actor.password, self.actor.grant)

    @override
    def happened(self) -> bool:
        found = administrator(self.world, self.actor.id)
        return bool(found and found["two_factor"])


class DisableTwoFactor(Sample):
    """Its own two-factor authentication."""

    action = "two_factor.disable"
    once = True

    @override
    def happened(self) -> bool:
        answer = self.console.raw("GET", "/two-factor")  # whoever turned it off keeps the session, unlike after a reset
        return answer.status_code == 200 and not answer.json()["enabled"]


class ChangeDevice(Sample):
    """Another phone in the place of the one that decides."""

    action = "device.change"
    once = True

    @override
    def ask(self) -> Any:
        self.fresh = SoftwarePhone(None, f"New phone of {self.actor.username}")
        return self.console.enrol(self.fresh, self.actor.username, self.actor.password)

    @override
    def happened(self) -> bool:
        found = "SELECT status FROM devices WHERE id = ?"
        return self.world.server.sql(found, self.fresh.device) == [("active",)]


class ChangeMethod(Sample):
    """An authenticator app in the place of the phone."""

    action = "two_factor.change_method"
    once = True

    @override
    def parameters(self) -> dict[str, Any]:
        return app_of(self.actor)

    @override
    def happened(self) -> bool:
        found = "SELECT method FROM administrators WHERE id = ?"
        return self.world.server.sql(found, self.actor.id) == [("totp",)]

    @override
    def change(self) -> None:
        app_of(self.actor)  # which ends the one before


class ResetRecoveryCodes(Sample):
    """Its own recovery codes."""

    action = "recovery_codes.reset"

    @override
    def parameters(self) -> dict[str, Any]:
        self.before = self._made()
        return {}

    def _made(self) -> int:
        found = "SELECT count(*) FROM recovery_codes WHERE administrator_id = ?"
        return int(self.world.server.sql(found, self.actor.id)[0][0])

    @override
    def happened(self) -> bool:
        return self._made() == self.before + 10

    @override
    def change(self) -> None:
        self.world.server.move(1)
        self.actor.do(self.action, {})
        self.before += 10


class DeleteUser(Sample):
    """A user of no company."""

    action = "user.delete"
    permission = "users.delete"

    @override
    def parameters(self) -> dict[str, Any]:
        self.user = self.world.user()
        return {"user": self.user, "mode": "user_only"}

    @override
    def happened(self) -> bool:
        return self.world.root.console.raw("GET", f"/users/{self.user}").status_code == 404

    @override
    def change(self) -> None:
        self.world.root.console.call("PATCH", f"/users/{self.user}", {"name": "Somebody else"})


class DeleteUserNow(Sample):
    """A user who is on hold."""

    action = "user.delete_now"
    permission = "users.delete"

    @override
    def parameters(self) -> dict[str, Any]:
        self.user = self.world.user()
        self.world.root.do("user.delete", {"user": self.user, "mode": "user_and_data"})
        return {"user": self.user}

    @override
    def happened(self) -> bool:
        [(due_at, created_at)] = self.world.server.sql(
            "SELECT due_at, created_at FROM deletions WHERE user_id = ?", self.user
        )
        return bool(due_at - created_at < 72 * 3_600_000_000)

    @override
    def change(self) -> None:
        self.world.root.console.call("POST", f"/users/{self.user}/restore")


class CreateAdministrator(Sample):
    """A colleague with no rights at all."""

    action = "administrator.create"
    permission = "administrators.edit"

    @override
    def parameters(self) -> dict[str, Any]:
        self.username = self.world.name("new")
        return {"username": self.username, "email": f"{self.username}@n.example", "role": "sub_administrator"}

    @override
    def happened(self) -> bool:
        made = self.world.server.sql("SELECT name FROM administrators WHERE username = ?", self.username)
        return made == [(self.username,)]

    @override
    def change(self) -> None:
        taken = {"username": self.username, "email": "x@n.example", "role": "sub_administrator"}
        self.world.root.do("administrator.create", {**taken, "name": "Somebody else"})


class RetireOrigin(Sample):
    """The old address of one colleague's phone."""

    action = "origin.retire"
    permission = "policy.edit"
    role = "provider"

    @override
    def parameters(self) -> dict[str, Any]:
        self.victim = self.world.actor()
        self.origin = f"https://{self.victim.username}.example"
        self._set_up_under_old(self.victim)
        return {"origin": self.origin}

    def _set_up_under_old(self, victim: Actor) -> None:
        # as though the server had been there when the phone was set up: to move it takes a restart
        moved = "UPDATE devices SET origin = ? WHERE id = ?"
        self.world.server.sql(moved, self.origin, victim.own_phone.device)

    @override
    def happened(self) -> bool:
        return not administrator(self.world, self.victim.id)["two_factor"]

    @override
    def change(self) -> None:
        self._set_up_under_old(self.world.actor())


class _OfAdministrator(Sample):
    """An action on a colleague."""

    action = ""
    permission = "administrators.edit"
    enabled = True

    @override
    def parameters(self) -> dict[str, Any]:
        self.victim = self.world.actor()
        return {"administrator": self.victim.id}

    def seen(self) -> Any:
        """Return the colleague as the first provider sees it; null where it is gone."""
        return administrator(self.world, self.victim.id)

    @override
    def change(self) -> None:
        self.world.root.do(
            "administrator.set_permissions",
            {
                "administrator": self.victim.id,
                "role": "sub_administrator",
                "companies": [self.world.company()],
                "permissions": [],
            },
        )


del SAMPLES[""]


class SetPermissions(_OfAdministrator):
    """More than the colleague had."""

    action = "administrator.set_permissions"

    @override
    def parameters(self) -> dict[str, Any]:
        held = {"role": "sub_administrator", "companies": None, "permissions": ["administrators.edit"]}
        return {**super().parameters(), **held}

    @override
    def happened(self) -> bool:
        return bool(self.seen()["permissions"])


class DisableAdministrator(_OfAdministrator):
    """A colleague who is enabled."""

    action = "administrator.disable"

    @override
    def happened(self) -> bool:
        return not self.seen()["enabled"]


class EnableAdministrator(_OfAdministrator):
    """A colleague who is disabled."""

    action = "administrator.enable"

    @override
    def parameters(self) -> dict[str, Any]:
        found = super().parameters()
        self.world.root.do("administrator.disable", found)
        return found

    @override
    def happened(self) -> bool:
        return bool(self.seen()["enabled"])


class DeleteAdministrator(_OfAdministrator):
    """A colleague with a phone."""

    action = "administrator.delete"

    @override
    def happened(self) -> bool:
        return self.seen() is None


class ResetTwoFactor(_OfAdministrator):
    """A colleague with a phone."""

    action = "administrator.reset_two_factor"

    @override
    def happened(self) -> bool:
        return not self.seen()["two_factor"]


class ChangePassword(Sample):
    """Its own password."""

    action = "password.change"
    once = True

    @override
    def parameters(self) -> dict[str, Any]:
        return {"current_password": COLLEAGUES_PASSWORD, "new_password": NEW_PASSWORD}

    @override
    def happened(self) -> bool:
        desk = TestConsole(self.console.url)
        body = {"username": self.actor.username, "device_name": "x", "application": "y"}
        old, new = (
            desk.raw("POST", "/sessions", {**body, "password": word}).status_code
            for word in (COLLEAGUES_PASSWORD, NEW_PASSWORD)
        )
        assert (old == 401) != (new == 401) or not self.enabled(), "one of two passwords signs in"
        return new != 401

    def enabled(self) -> bool:
        """Whether the account may sign in at all."""
        found = administrator(self.world, self.actor.id)
        return bool(found and found["enabled"])


class CreateApiKey(Sample):
    """A key that may do nothing."""

    action = "api_key.create"
    permission = "api_keys.edit"

    @override
    def parameters(self) -> dict[str, Any]:
        self.name, self.seen = self.world.name("key"), False
        return {"name": self.name, "permissions": [], "companies": None, "expires_in_days": None}

    @override
    def happened(self) -> bool:
        named = [each["name"] for each in self.world.root.console.call("GET", "/api-keys")["items"]]
        self.seen = self.seen or self.name in named  # it ends with its account
        return self.seen


class ChangePolicy(Sample):
    """Another lifetime of requests."""

    action = "policy.change"
    permission = "policy.edit"

    @override
    def parameters(self) -> dict[str, Any]:
        self.before = self._lifetime()
        self.after = 300 if self.before != 300 else 301
        return {"request_lifetime": self.after}

    def _lifetime(self) -> int:
        return int(self.world.root.console.call("GET", "/policy")["request_lifetime"])

    @override
    def happened(self) -> bool:
        return self._lifetime() == self.after

    @override
    def change(self) -> None:
        self.world.root.do("policy.change", {"request_lifetime": 302})


class DeleteStorageAccount(Sample):
    """One with a destination."""

    action = "storage_account.delete"
    permission = "storage.delete"

    @override
    def parameters(self) -> dict[str, Any]:
        self.account = self.world.storage()
        self.world.destination(self.account)
        return {"storage_account": self.account}

    def seen(self) -> Any:
        """Return the account as the first provider sees it; null where it is gone."""
        answer = self.world.root.console.raw("GET", f"/storage-accounts/{self.account}")
        return answer.json() if answer.status_code == 200 else None

    @override
    def happened(self) -> bool:
        return self.seen() is None

    @override
    def change(self) -> None:
        self.world.destination(self.account)


class ChangeCredentials(DeleteStorageAccount):
    """Another address and other keys."""

    action = "storage_account.change_credentials"
    permission = "storage.edit"

    @override
    def parameters(self) -> dict[str, Any]:
        self.after = f"https://{self.world.name('s3')}.example.com"
        return {**super().parameters(), "settings": credentials(self.after)}

    @override
    def happened(self) -> bool:
        return bool(self.seen()["settings"]["endpoint"] == self.after)
