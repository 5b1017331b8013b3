"""No path escapes: by a corpus, by drawn paths, by Hypothesis, and while links are swapped under the guard's feet."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from core.guard.support import ALLOW, DENY, JOINTS, NAMES, Judge, drawn, escape, guard_at, judge_of, starts
from reliability.support.dose import dose, rng_of
from vespera_core.app.guard import paths
from vespera_core.app.guard.decision import Guard
from vespera_core.app.guard.matching import Patterns
from vespera_core.app.guard.paths import Unplaceable, places
from vespera_core.app.guard.patterns import compile_files
from vespera_core.app.guard.root import identity

REFUSED = (
    "../x.md", "/etc/x.md", "docs/../../x.md", "docs/out/passwd", "docs/out/x.md", "docs/up/x.md", "docs/up/work/src/x",
    "docs/into/x", "docs/chain/y.txt", "docs/loop", "docs/loop/x.md", "docs/dangling", "docs/git/config", "out.md",
    "in.md", "tests/out/x", ".git/x.md", ".GIT/x.md", ".git /x.md", ".Vespera/roles/x.md", "docs/.git/x.md",
    ".g\u200cit/x.md", "git~1/x.md", "docs/%2e%2e/%2e%2e/%2e%2e/x.md", "docs/..%2f..%2f..%2fx.md",
    "docs/%252e%252e%252f..%252f..%252fx.md", "docs\\..\\..\\x.md", "docs/%5c..%5c..%5c..%5cx.md", "docs/x\0.md",
    "docs/%00.md", "docs/a\n.md", "", "~/x.md", "docs/secret/x.md", "docs/private/x.md", "docs/e\u0301/x.md",
    "docs/new/../../src/x", "docs/file/../../src/x", "tests/fixed/x", "docs/" + "x/" * 2500 + "a.md", "docs/\ud800.md",
    ".claude/settings.json",
)  # fmt: skip
ALLOWED = (
    "docs/x.txt", "docs/./x", "docs//x", "src/x.md", "src/back/x", "docs/new/deep/x", "docs/new/../y", "tests/x",
    "docs/100%.txt", "docs/50%25.md", "docs/a\\b", "docs/é.txt", "docs/e\u0301.txt", "docs/...", "docs/.gitignore",
    ".github/a.md", "docs/~x",
)  # fmt: skip


@pytest.mark.parametrize("path", REFUSED)
def test_the_corpus_of_escapes_is_refused(guard: Guard, path: str) -> None:
    assert not guard.path(path, "edit").allowed


@pytest.mark.parametrize("path", ALLOWED)
def test_what_the_patterns_allow_is_allowed(guard: Guard, root: Path, path: str) -> None:
    for one in (path, f"{root}/{path}", f"{root.parent}/entry/{path}"):
        decision = guard.path(one, "edit")
        assert decision.allowed, decision.reason
    assert guard.path(path, "edit", str(root)).allowed


def problems(judge: Judge, root: Path, count: int) -> Iterator[str]:
    bases = (None, str(root), f"{root}/docs", f"{root.parent}/entry", "/")
    random = rng_of("guard")
    for path in islice(drawn(random, root), count):
        found = escape(judge, root, path, random.choice(bases))
        if found is not None:
            yield found


def test_no_drawn_path_escapes(guard: Guard, root: Path) -> None:
    assert list(problems(judge_of(guard), root, dose(4_000, 100_000))) == []


def test_drawn_paths_are_no_empty_show(guard: Guard, root: Path) -> None:
    judge = judge_of(guard)
    verdicts = [judge(path, None) for path in islice(drawn(rng_of("show"), root), 2_000)]
    assert 60 < sum(verdicts) < 1_900


@settings(
    max_examples=dose(300, 20_000), deadline=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@given(data=st.data())
def test_no_generated_path_escapes(guard: Guard, root: Path, data: st.DataObject) -> None:
    names = st.sampled_from(NAMES) | st.text(max_size=6)
    parts = data.draw(st.lists(st.tuples(names, st.sampled_from(JOINTS)), min_size=1, max_size=8))
    path = data.draw(st.sampled_from(starts(root))) + "".join(name + joint for name, joint in parts)
    assert escape(judge_of(guard), root, path, data.draw(st.sampled_from((None, f"{root}/docs")))) is None


# ---------------------------------------------------------------- planted bugs


def by_prefix(root: Path) -> Judge:
    """What many guards do: compare strings, and follow nothing."""
    allow, deny = Patterns(compile_files(ALLOW)), Patterns(compile_files(DENY))

    def judge(path: str, base: str | None) -> bool:
        full = os.path.normpath(Path(base or root, path))
        if not full.startswith(str(root)):
            return False
        name = full[len(str(root)) :].lstrip("/")
        allowing, denying = allow.deciding(name), deny.deciding(name)
        return allowing is not None and allowing.includes and not (denying is not None and denying.includes)

    return judge


def test_a_check_of_prefixes_is_caught(root: Path) -> None:
    assert next(problems(by_prefix(root), root, 4_000), None) is not None


def test_a_guard_that_lets_allow_beat_deny_is_caught(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    guard = guard_at(root)
    monkeypatch.setattr(guard._files["edit"], "_deny", Patterns(()))
    assert next(problems(judge_of(guard), root, 4_000), None) is not None


def test_a_guard_that_follows_links_blindly_is_caught(root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(paths._Walk, "_down", lambda self, part: False)
    monkeypatch.setattr(paths, "_mode", lambda part, folder: None)
    assert next(problems(judge_of(guard_at(root)), root, 4_000), None) is not None


# ---------------------------------------------------------------- swapped links


def test_a_link_that_is_swapped_meanwhile_is_never_taken_for_the_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever is called docs/swap/x in an answer lies in the very folder that is docs/swap, not behind the link."""
    root = tmp_path / "work"
    for name in (".vespera", "docs", "src", "kept"):
        (root / name).mkdir(parents=True)
    (root / "kept" / "out").symlink_to("/etc")
    (root / "docs" / "swap").mkdir()
    true = identity((root / "docs" / "swap").stat())
    seen: list[tuple[str, Any]] = []
    place = paths._Walk._place

    def watched(walk: Any, folder: bool) -> paths.Place:
        found = place(walk, folder)
        seen.append((found.name, walk._steps[-2].identity))
        return found

    monkeypatch.setattr(paths._Walk, "_place", watched)
    stop = threading.Event()
    swapper = threading.Thread(target=_swap, args=(root, stop))
    swapper.start()
    guard, refused = guard_at(root), 0
    try:
        least = dose(3_000, 60_000)
        for turn in range(100 * least):  # a quick machine may be done before the other thread has its turn
            if turn >= least and refused:
                break
            try:
                places(guard.root, "docs/swap/x.md")
            except Unplaceable:
                refused += 1
    finally:
        stop.set()
        swapper.join()
    assert refused > 0
    assert {name for name, _ in seen} <= {"docs/swap/x.md"}
    assert {folder for _, folder in seen} <= {true, None}
    assert true in {folder for _, folder in seen}


def _swap(root: Path, stop: threading.Event) -> None:
    folder, away, link = root / "docs" / "swap", root / "kept" / "swap", root / "kept" / "out"
    while not stop.is_set():
        folder.rename(away)
        link.rename(folder)
        folder.rename(link)
        away.rename(folder)
