"""Digests, caches, locks and settings of services: the small parts on their own."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from vespera_core.app.engines.cache import Cache
from vespera_core.app.projections.digest import BUCKETS, compare, digest_of
from vespera_core.app.projections.locks import ProcessLock
from vespera_core.app.projections.places import Place
from vespera_core.errors import ConfigError

VERSIONS = st.dictionaries(st.text("abcdef-0123456789", min_size=1, max_size=8), st.integers(1, 50), max_size=40)


@given(VERSIONS, VERSIONS)
def test_a_comparison_finds_exactly_what_differs(held: dict[str, int], wanted: dict[str, int]) -> None:
    found = compare("x", held, wanted, 1)
    assert found.equal == (held == wanted) == (digest_of(held) == digest_of(wanted))
    assert set(found.missing) == wanted.keys() - held.keys()
    assert set(found.extra) == held.keys() - wanted.keys()
    assert set(found.stale) == {one for one in held.keys() & wanted.keys() if held[one] != wanted[one]}


@given(VERSIONS, st.sets(st.text("abc", min_size=1)))
def test_what_is_parked_or_pending_is_left_out(held: dict[str, int], skipped: set[str]) -> None:
    wanted = {one: version for one, version in held.items() if one not in skipped}
    assert compare("x", held, wanted, 1, pending=skipped).equal
    assert compare("x", held, wanted, 1, parked=skipped).parked == tuple(sorted(skipped))


def test_a_digest_depends_on_ids_and_versions_and_not_on_their_order() -> None:
    assert len(digest_of({})) == BUCKETS
    assert digest_of({"a": 1, "b": 2}) == digest_of({"b": 2, "a": 1})
    assert digest_of({"a": 1, "b": 2}) != digest_of({"a": 2, "b": 1})
    assert digest_of({"a": 11}) != digest_of({"a1": 1})


def test_a_cache_keeps_what_was_used_last_for_each_scope_and_position() -> None:
    cache: Cache[int] = Cache(2)
    made: list[str] = []

    def ask(position: int, scope: str, question: str) -> None:
        cache.get(position, scope, question, lambda: made.append(f"{position}{scope}{question}") or 1)  # type: ignore[func-returns-value]

    for position, scope, question in (
        (1, "ann", "a"),
        (1, "ann", "a"),
        (1, "bob", "a"),
        (2, "ann", "a"),
        (1, "ann", "a"),
    ):
        ask(position, scope, question)
    assert made == ["1anna", "1boba", "2anna", "1anna"]
    figures = cache.figures()
    assert (figures.size, figures.held, figures.hits, figures.misses, figures.hit_rate) == (2, 2, 1, 4, 0.2)


def test_a_cache_keeps_no_failure() -> None:
    cache: Cache[int] = Cache(5)
    for _ in range(2):
        with pytest.raises(ZeroDivisionError):
            cache.get(1, None, "q", lambda: 1 // 0)
    assert cache.get(1, None, "q", lambda: 7) == 7


def test_a_lock_has_one_holder_and_can_be_taken_again(tmp_path: Path) -> None:
    first, second = ProcessLock(tmp_path / "new" / "lock"), ProcessLock(tmp_path / "new" / "lock")
    assert not first.is_held_elsewhere
    assert first.take()
    assert first.take()
    assert not second.take()
    assert second.is_held_elsewhere
    first.free()
    first.free()
    assert second.take()
    second.free()


def test_a_lock_is_refused_where_nothing_can_be_written(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    assert not ProcessLock(tmp_path / "file" / "lock").take()


@pytest.mark.parametrize("name", ["..", "a/b", "", ".hidden", "a\nb", "x" * 101])
def test_names_that_are_no_folders_are_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(ConfigError, match="no file name"):
        Place(tmp_path, "vectors", name)


def test_asking_a_cache_from_many_threads() -> None:
    cache: Cache[int] = Cache(10)

    def ask() -> None:
        for number in range(500):
            cache.get(number % 20, None, number % 7, lambda: 1)

    threads = [threading.Thread(target=ask) for _ in range(4)]
    for one in threads:
        one.start()
    for one in threads:
        one.join()
    figures = cache.figures()
    assert figures.hits + figures.misses == 2000
    assert figures.held == 10
