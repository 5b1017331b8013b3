"""Minutes of work as moments: work is spread evenly over the days, in the share of each day that is worked."""

from __future__ import annotations

from vespera_core.errors import InvalidInput
from vespera_core.model.basics import LATEST, SECOND, Micros


def check_hours(hours_per_day: float) -> float:
    """Return the hours of work in a day if they are more than 0 and at most 24; raise InvalidInput otherwise."""
    if not 0 < hours_per_day <= 24:
        raise InvalidInput("hours_per_day must be more than 0 and at most 24.", field="hours_per_day")
    return hours_per_day


def moment_after(now: Micros, minutes: float, hours_per_day: float = 24.0) -> Micros:
    """The moment when so many minutes of work have passed; at most the last one that can be shown."""
    span = minutes * 60 * SECOND * 24 / hours_per_day  # infinite where next to nothing of a day is worked
    return Micros(LATEST if span > LATEST else min(now + round(span), LATEST))


def minutes_until(now: Micros, at: Micros, hours_per_day: float = 24.0) -> int:
    """The whole minutes of work until a moment, rounded up; 0 for one that has passed."""
    span = max(at - now, 0) * hours_per_day / 24
    return -int(-span // (60 * SECOND))
