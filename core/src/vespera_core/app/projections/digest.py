"""Digests: whether a projection holds what the primary store holds, and where it does not."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from hashlib import blake2b
from typing import Final

from vespera_core.model.record import record

BUCKETS: Final = 256
_MASK: Final = (1 << 64) - 1

Digest = tuple[tuple[int, int], ...]
"""For each bucket of ids: how many there are, and the sum of the hashes of their (id, version), modulo 2**64."""


def digest_of(versions: Mapping[str, int]) -> Digest:
    """The digest of tasks at versions; it does not depend on their order."""
    counts, sums = [0] * BUCKETS, [0] * BUCKETS
    for task_id, version in versions.items():
        place = bucket_of(task_id)
        counts[place] += 1
        sums[place] = sums[place] + _hash(f"{task_id}\0{version}") & _MASK
    return tuple(zip(counts, sums, strict=True))


def bucket_of(task_id: str) -> int:
    """The bucket that an id belongs to."""
    return _hash(task_id) % BUCKETS


def _hash(text: str) -> int:
    return int.from_bytes(blake2b(text.encode(), digest_size=8).digest(), "big")


def summed(digest: Digest) -> str:
    """A digest in one word, for people and programs that only ask whether two are equal."""
    return blake2b(repr(digest).encode(), digest_size=16).hexdigest()


@record(frozen=True, slots=True, kw_only=True)
class Comparison:
    """How a projection differs from the primary store.

    `tasks` counts what it should hold. `missing` are absent from it, `stale` have another version there than they
    should, `extra` should not be there. `parked` were given up on at the version that they have now.
    """

    projection: str
    tasks: int
    position: int
    digest: str
    missing: tuple[str, ...] = ()
    stale: tuple[str, ...] = ()
    extra: tuple[str, ...] = ()
    parked: tuple[str, ...] = ()

    @property
    def equal(self) -> bool:
        return not (self.missing or self.stale or self.extra)

    @property
    def wrong(self) -> tuple[str, ...]:
        """Every task that is not as it should be, those that are parked left out."""
        return (*self.missing, *self.stale, *self.extra)


def compare(
    projection: str, held: Mapping[str, int], wanted: Mapping[str, int], position: int,
    parked: Collection[str] = (), pending: Collection[str] = (),
) -> Comparison:  # fmt: skip
    """Compare what is held with what should be, leaving out tasks whose events are still to come (`pending`).

    Only buckets whose digests differ are looked into.
    """
    skipped = {*parked, *pending}
    ours = {one: version for one, version in held.items() if one not in skipped}
    theirs = {one: version for one, version in wanted.items() if one not in skipped}
    found, expected = digest_of(ours), digest_of(theirs)
    bad = {number for number in range(BUCKETS) if found[number] != expected[number]}
    suspects = sorted(one for one in ours.keys() | theirs.keys() if bad and bucket_of(one) in bad)
    return Comparison(
        projection=projection,
        tasks=len(wanted),
        position=position,
        digest=summed(found),
        missing=tuple(one for one in suspects if one not in ours),
        stale=tuple(one for one in suspects if one in ours and one in theirs and ours[one] != theirs[one]),
        extra=tuple(one for one in suspects if one not in theirs),
        parked=tuple(sorted(parked)),
    )
