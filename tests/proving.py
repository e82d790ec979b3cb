"""How tests prove things: refusals, calls at the same moment, waiting for a condition."""

import threading
from collections.abc import Callable, Sequence
from typing import TypeVar

import pytest

from server.contract.problem import Problem

Result = TypeVar("Result")


def refused(status: int, call: Callable[[], object]) -> Problem:
    """Return the problem with which `call` is refused."""
    with pytest.raises(Problem) as caught:
        call()
    assert caught.value.status == status, caught.value.code
    return caught.value


def status_of(call: Callable[[], object]) -> int:
    """Return 200, or the status with which `call` is refused."""
    try:
        call()
    except Problem as problem:
        return problem.status
    return 200


def together(calls: Sequence[Callable[[], Result]]) -> list[Result]:
    """Run all calls at the same moment; their results in order."""
    results: dict[int, Result] = {}
    gate = threading.Barrier(len(calls))

    def run(place: int) -> None:
        gate.wait()
        results[place] = calls[place]()

    threads = [threading.Thread(target=run, args=(place,)) for place in range(len(calls))]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return [results[place] for place in range(len(calls))]


def wait_for(condition: Callable[[], Result], seconds: float = 10) -> Result:
    """Return what `condition` returns once it is true."""
    pause = threading.Event()
    for _ in range(int(seconds / 0.05)):
        if found := condition():
            return found
        pause.wait(0.05)
    message = f"not true within {seconds} s"
    raise AssertionError(message)
