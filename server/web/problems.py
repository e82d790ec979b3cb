"""Writes every error as problem+json (RFC 9457); echoes nothing of the input, the stack or the database."""

from fastapi import FastAPI
from fastapi.exceptions import RequestValidationError
from sqlalchemy.exc import DataError
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from server.contract.problem import Problem, invalid
from server.store.trouble import SAID, Unavailable
from server.web import refusals

_TITLES = {
    400: ("bad_request", "This could not be read"),
    401: ("unauthorized", "Sign in first"),
    404: ("not_found", "There is nothing here"),
    405: ("method_not_allowed", "This cannot be done here"),
    413: ("too_large", "This is more than 64 KiB"),
    422: ("invalid", "Something in this does not fit"),
    500: ("internal_error", "Something went wrong in the server"),
}


def written(problem: Problem, call_id: str) -> Response:
    """Return the answer."""
    body = {
        "type": "about:blank",
        "code": problem.code,
        "title": problem.title,
        "detail": problem.detail,
        "status": problem.status,
        "call_id": call_id,
        **problem.members,
    }
    headers = {**problem.headers, "Call-Id": call_id}
    if problem.status == 401:
        headers["WWW-Authenticate"] = "Bearer"
    return JSONResponse(body, problem.status, headers, media_type="application/problem+json")


def plain(status: int, detail: str = "") -> Problem:
    """Return the problem of a bare status."""
    code, title = _TITLES.get(status, _TITLES[400])
    return Problem(status, code, title, detail)


def install(app: FastAPI) -> None:
    """Answer every kind of error that can reach the application."""
    app.add_exception_handler(Problem, _problem)
    app.add_exception_handler(RequestValidationError, _invalid)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(Unavailable, _unavailable)
    app.add_exception_handler(DataError, _unstorable)
    app.add_exception_handler(RecursionError, _too_deep)
    app.add_exception_handler(Exception, _unexpected)


def call_id_of(request: Request) -> str:
    """Return the id that the guard gave this call."""
    return str(request.scope.get("call_id", ""))


async def _problem(request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)  # noqa: S101 - as registered
    await refusals.leave_trace(request, error)
    return written(error, call_id_of(request))


async def _invalid(request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)  # noqa: S101 - as registered
    found = error.errors()
    if any(each["type"] == "json_invalid" for each in found):
        return written(plain(400, "Send JSON, and no member of an object twice."), call_id_of(request))
    inner = [{**each, "loc": each["loc"][1:]} for each in found]  # the first part says body or query
    return written(invalid(inner), call_id_of(request))


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)  # noqa: S101 - as registered
    answer = written(plain(error.status_code), call_id_of(request))
    answer.headers.update(error.headers or {})
    return answer


async def _unavailable(request: Request, error: Exception) -> Response:
    assert isinstance(error, Unavailable)  # noqa: S101 - as registered
    return written(unavailable(error), call_id_of(request))


def unavailable(error: Unavailable) -> Problem:
    """Return 503: what is wrong with the data, and whether something may have happened all the same."""
    done = (
        "It is not known whether this was done: look before you try again." if error.unknown else "Nothing was changed."
    )
    return Problem(
        503,
        "store_unavailable",
        SAID[error.trouble],
        f"{done} It is tried again by itself; whoever runs the server can see to it.",
        headers={"Retry-After": "5"},
        trouble=error.trouble,
    )


async def _unstorable(request: Request, _error: Exception) -> Response:
    """Refuse what no column can hold, such as a text with NUL in it."""
    return written(
        plain(422, "Send texts without control characters, and numbers of a usual size."), call_id_of(request)
    )


async def _too_deep(request: Request, _error: Exception) -> Response:
    return written(plain(400, "Send JSON that is not nested as deeply."), call_id_of(request))


async def _unexpected(request: Request, _error: Exception) -> Response:
    return written(plain(500, "Try again; give the call id to whoever runs the server."), call_id_of(request))
