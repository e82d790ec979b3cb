"""The device statement, by which the server binds a phone to its account (protocol, section 5)."""

from typing import Any

from server import protocol
from server.store.tables import Administrator, Device
from server.store.work import Work


def bind(work: Work, device: Device, request: str) -> None:
    """Write the statement, by the request that activates the phone."""
    owner = work.session.get_one(Administrator, device.administrator_id)
    keys = keys_of(device)
    statement = protocol.canonical(
        {
            "v": 1,
            "device": device.id,
            "username": owner.username,
            "dsk": keys["dsk"],
            "credential": keys["credential"],
            "origin": device.origin,
            "enrolled_at": int(device.enrolled_at.timestamp()),
            "bound_by": request,
        }
    )
    device.statement = statement
    device.statement_signature = work.keys.sign(protocol.statement_message(statement))


def is_bound(work: Work, device: Device, username: str) -> bool:
    """Whether the statement verifies and names this device, account, keys and origin."""
    if device.statement is None or device.statement_signature is None:
        return False
    if not protocol.verify(work.keys.ssk, device.statement_signature, protocol.statement_message(device.statement)):
        return False
    keys = keys_of(device)
    told = protocol.loads(device.statement)
    expected = {"device": device.id, "username": username, "origin": device.origin, **keys}
    expected.pop("dhk")
    return all(told.get(name) == value for name, value in expected.items())


def keys_of(device: Device) -> dict[str, Any]:
    """Return what names a phone's keys in what is signed."""
    credential = None
    if device.credential_id is not None and device.cose is not None:
        credential = {"id": protocol.b64u(device.credential_id), "cose": protocol.b64u(device.cose)}
    return {
        "dsk": protocol.b64u(device.dsk),
        "dhk": protocol.b64u(device.dhk),
        "credential": credential,
        "origin": device.origin,
    }
