"""Minutes of work as moments, up to the ends of what can be shown."""

from __future__ import annotations

import pytest

from vespera_core.analysis.calendar import check_hours, minutes_until, moment_after
from vespera_core.errors import InvalidInput
from vespera_core.model.basics import LATEST, SECOND, Micros

NOW = Micros(1_800_000_000 * SECOND)


def test_work_is_spread_over_the_days() -> None:
    assert moment_after(NOW, 60) == NOW + 3600 * SECOND
    assert moment_after(NOW, 60, 6) == NOW + 4 * 3600 * SECOND
    assert minutes_until(NOW, moment_after(NOW, 90, 6), 6) == 90


@pytest.mark.parametrize("hours", [5e-324, 1e-300, 1e-9])
def test_next_to_no_work_a_day_takes_until_the_last_moment(hours: float) -> None:
    assert moment_after(NOW, 60, check_hours(hours)) == LATEST
    assert moment_after(NOW, 0, check_hours(hours)) == NOW


@pytest.mark.parametrize("hours", [0, -1, 24.001, float("nan"), float("inf")])
def test_a_day_has_between_no_hour_and_24(hours: float) -> None:
    with pytest.raises(InvalidInput):
        check_hours(hours)
