"""How strong a new password must be: told in time in step with its length, whatever signs it is made of."""

from time import process_time

import pytest

from server.domain.passwords import weakness

_PLAIN = ("seven granite otters " * 49)[:1023] + "x"


def spent(password: str) -> float:
    """Return the least time of some that it takes to tell."""
    times = []
    for _ in range(3):
        begun = process_time()
        weakness(password, ("amelia.hart", "Northwind"))
        times.append(process_time() - begun)
    return min(times)


@pytest.mark.parametrize(
    "password",
    [
        "a" + "\u2057" * 1022 + "a",  # four signs each, once it is normalised
        "a" + "\ufdfa" * 1022 + "a",  # eighteen letters and blanks each
        "a" + "1" * 1022 + "a",
        "a" * 1023 + "b",
        "a" * 512 + "b" + "a" * 511,
        "\u2057" * 1023 + "a",
    ],
    ids=lambda password: f"{password[0]}{password[1:3]}".encode("unicode_escape").decode(),
)
def test_no_password_of_the_greatest_length_keeps_the_server_busy(password: str) -> None:
    assert len(password) == 1024
    weakness(_PLAIN)  # reads the list of common ones
    assert spent(password) < 100 * max(spent(_PLAIN), 0.0005)


@pytest.mark.parametrize(
    ("password", "said"),
    [
        ("1!_password1234_!1", "one of the first"),
        ("password!password!", "one of the first"),
        ("abcdefabcdefabcdef", "repeats a short piece"),
        ("\u2057" * 20, "repeats a short piece"),
        ("99 amelia.hart 99", "your user name"),
        ("amelia!hart!amelia", None),
        ("seven granite otters", None),
    ],
)
def test_signs_around_a_word_and_repeating_it_make_it_no_better(password: str, said: str | None) -> None:
    why = weakness(password, ("amelia.hart",))
    assert (why is None) if said is None else (why is not None and said in why)
