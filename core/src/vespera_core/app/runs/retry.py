"""Retries: whether a failed task is tried again, and when."""

from __future__ import annotations

from random import Random
from typing import Final

from vespera_core.app.runs.requests import Retry
from vespera_core.errors import InvalidInput
from vespera_core.model.basics import SECOND, Micros

MAX_ATTEMPTS: Final = 1_000
LONGEST: Final = 30 * 86_400.0


def check_retry(retry: Retry) -> Retry:
    """Return it if it can be kept to. Raises InvalidInput."""
    for name in ("attempts", "losses"):
        count = getattr(retry, name)
        if isinstance(count, bool) or not isinstance(count, int) or not 1 <= count <= MAX_ATTEMPTS:
            raise InvalidInput(f"{name} is a whole number from 1 to {MAX_ATTEMPTS:,}.", field=name)
    for name in ("first", "longest"):
        value = getattr(retry, name)
        if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= LONGEST:
            raise InvalidInput(f"{name} is a number of seconds, up to 30 days; got {value!r}.", field=name)
    return retry


def rest(retry: Retry, attempt: int, seed: str) -> float:
    """Seconds between a failed attempt and the next: exponential, with equal jitter.

    Half of ``min(longest, first * 2**(attempt - 1))`` is certain and the other half random, so that many tasks that
    failed together are not tried together again ("equal jitter" of Brooker, Exponential Backoff and Jitter, 2015). The
    same seed and attempt give the same rest.
    """
    whole = min(retry.longest, retry.first * 2.0 ** min(attempt - 1, 60))
    return whole / 2 + Random(f"{seed}:{attempt}").uniform(0, whole / 2)  # noqa: S311 - it spreads, and hides nothing


def next_try(retry: Retry, attempt: int, seed: str, now: int) -> Micros | None:
    """When to try again after this failed attempt; None where it was the last one."""
    if attempt >= retry.attempts:
        return None
    return Micros(now + round(rest(retry, attempt, seed) * SECOND))
