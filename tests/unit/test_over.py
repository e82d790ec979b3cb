"""What has left *pending* is remembered until it would have expired, and no longer."""

from datetime import UTC, datetime, timedelta

from server.store.over import Over

NOW, MINUTE = datetime(2026, 11, 30, tzinfo=UTC), timedelta(minutes=1)


def test_a_request_is_remembered_until_it_would_have_expired() -> None:
    over = Over()
    for minutes in range(1, 4):
        over.add(str(minutes), NOW + minutes * MINUTE, NOW)
    assert all(each in over for each in ("1", "2", "3"))
    over.add("4", NOW + 4 * MINUTE, NOW + 2 * MINUTE)
    assert [each in over for each in ("1", "2", "3", "4")] == [False, False, True, True]
    over.add("late", NOW, NOW + 9 * MINUTE)
    assert not over._until
