"""What a protected action is, and the register of all of them."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict
from typing_extensions import override

from server import protocol
from server.actions.actor import Actor
from server.contract.permission import Permission
from server.contract.request import Kind
from server.domain.quoting import quoted
from server.store.audit_log import Source
from server.store.work import Work

REGISTER: dict[str, type["ProtectedAction"]] = {}


@dataclass(frozen=True)
class Execution:
    """Who asked, from where, and when it is done; for which request (null for what is unprotected), in which session.

    `confirmed_by` is `device`, `totp`, `recovery_code`, or null where nothing confirmed it; `kept` is what was kept for
    it beside the parameters; for `result_key` is sealed what that session alone is told.
    """

    by: Actor
    now: datetime
    request: str | None
    session: str | None
    source: Source
    confirmed_by: str | None = None
    kept: str | None = None
    result_key: bytes | None = None


class ProtectedAction(BaseModel):
    """Done only after confirmation. Fields are the parameters, the docstring is the description; subclassing registers.

    `summary` may hold `{target}`, which is replaced by the quoted names of what is acted on.
    """

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)

    registered: ClassVar[bool] = True
    """False in a class for what several share, or for what is only asked for; its subclasses register again."""
    name: ClassVar[str]
    title: ClassVar[str]
    kind: ClassVar[Kind]
    permission: ClassVar[Permission | None] = None
    summary: ClassVar[str]
    asked: ClassVar[type[BaseModel] | None] = None
    """What is asked for where that is not what is kept and signed: its handler makes the parameters of it."""
    by_name: ClassVar[type["ProtectedAction"] | None] = None
    """What `POST /actions/{name}` makes of it, where a request that another route makes holds other parameters."""
    offered: ClassVar[bool] = True
    """Whether `POST /actions/{name}` takes it; the others are asked for by routes of their own."""
    needs_two_factor: ClassVar[bool] = False
    """Whether there is nothing to do for an account without two-factor authentication."""
    needs_none: ClassVar[bool] = False
    """Whether it gives that to an account that has none yet, so that nothing confirms it."""
    secrets: ClassVar[frozenset[str]] = frozenset()
    """Members of the result that are told once."""

    @classmethod
    @override
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        """Register; refuses what would be incomplete or ambiguous."""
        super().__pydantic_init_subclass__(**kwargs)
        if not cls.__dict__.get("registered", True):
            return
        if cls.name in REGISTER or not (cls.__doc__ or "").strip():
            message = f"{cls.__name__}: a name of its own and a docstring are needed"
            raise TypeError(message)
        cls.summary.format(target="")
        REGISTER[cls.name] = cls

    def resolved(self, work: Work, by: Actor) -> Self:  # noqa: ARG002 - for subclasses
        """Return it with what was left open replaced by what that means now, so that this is shown, signed and done."""
        return self

    def target(self, work: Work, by: Actor) -> list[dict[str, str]]:
        """Return what is acted on, as `{"type","id","name"}`; raises a `Problem` where it does not exist for `by`."""
        raise NotImplementedError

    def state(self, work: Work, by: Actor) -> Any:  # noqa: ANN401, ARG002 - any JSON value; for subclasses
        """Return what, besides the target's names, must still be true when it is executed, as JSON.

        Companies by their ids: else whoever may rename one could make what names it void.
        """
        return None

    def company(self, work: Work, by: Actor) -> str | None:  # noqa: ARG002 - for subclasses
        """Return the company in which what is acted on lies: whoever sees that one may read of it in the audit log."""
        return None

    def consequence(self, work: Work, by: Actor) -> str:
        """Say what will be lost or touched."""
        raise NotImplementedError

    def execute(self, work: Work, execution: Execution) -> dict[str, Any] | None:
        """Do it, in this transaction; return the result for the one who asked."""
        raise NotImplementedError

    def parameters(self) -> dict[str, Any]:
        """Return everything that will be executed, as JSON."""
        return self.model_dump(mode="json")

    def sentence(self, work: Work, by: Actor) -> str:
        """Return the summary with the quoted names of the target."""
        names = ", ".join(quoted(each["name"]) for each in self.target(work, by))
        return self.summary.format(target=names)

    def frozen(self, work: Work, by: Actor) -> bytes:
        """Digest what must be the same when it is executed: the target and its state."""
        return protocol.sha(protocol.canonical({"target": self.target(work, by), "state": self.state(work, by)}))
