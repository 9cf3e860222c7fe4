"""Moments as readers write them: a day, or a day with a time, in UTC where no zone is given."""

from datetime import UTC, date, datetime, time, timedelta

_DAY = len("2026-11-22")
_LAST = timedelta(days=1) - timedelta(milliseconds=1)


def read_moment(text: str, *, end_of_day: bool = False) -> datetime:
    """The moment that ``text`` names; a day alone is its first moment, or its last one to the millisecond.

    Raises :class:`ValueError` for anything else.
    """
    try:
        if len(text) <= _DAY:
            return datetime.combine(date.fromisoformat(text), time(), UTC) + (_LAST if end_of_day else timedelta())
        moment = datetime.fromisoformat(text)
        return moment.astimezone(UTC) if moment.tzinfo else moment.replace(tzinfo=UTC)
    except OverflowError as error:
        raise ValueError(f"{text[:40]!r} lies outside of the calendar") from error
