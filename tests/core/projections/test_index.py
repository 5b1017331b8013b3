"""An index follows the ledger, whatever is done to it: batches, poison, generations, damage, locks."""

from __future__ import annotations

import shutil
from pathlib import Path
from threading import Event, Thread
from typing import Any

import pytest

from projecting.site import Workspaces, add, built, engines_of, feed
from projecting.tiny import Tiny, TinyVectors
from vespera_core.app.application import Vespera
from vespera_core.app.engines.answering import SwitchedVectors
from vespera_core.app.projections.embedding import SPACE
from vespera_core.app.projections.index import Index
from vespera_core.errors import EngineFault

BOTH = pytest.mark.parametrize("spaces", ["tiny", "apart"], indirect=True)
"""In this process, and in a child."""


def content(index: Index) -> list[tuple[Any, ...]]:
    """What the files of the answering generation hold."""
    files = Tiny(index.place.folder(index.checkpoints.live().generation))
    held = files.content()
    files.close()
    return held


def set_position(ledger: Vespera, index: Index, position: int) -> None:
    key = f"{index.key}/g{index.checkpoints.live().generation}"
    ledger.kernel.storage.write(lambda unit: unit.put_memos(SPACE, {key: {"position": position}}))


@BOTH
def test_it_is_filled_and_then_follows_the_log(spaces: Workspaces) -> None:
    ledger = spaces.open()
    ids = add(ledger, *(f"Task {number}" for number in range(40)))
    index = built(ledger)
    assert index.compare().equal
    ledger.tasks.update_task(ids[0], title="Renamed")
    ledger.tasks.delete_task(ids[1])
    add(ledger, "Fresh")
    assert index.lag() == 0, "vectors come first"
    feed(index, engines_of(ledger))
    assert (index.lag(), index.behind()) == (0, 0)
    comparison = index.compare()
    assert (comparison.equal, comparison.tasks) == (True, 40)
    titles = {title for _, _, title, _ in content(index)}
    assert {"Renamed", "Fresh"} <= titles
    assert "Task 1" not in titles


@BOTH
def test_replaying_the_whole_log_twice_changes_nothing(spaces: Workspaces) -> None:
    ledger = spaces.open()
    ids = add(ledger, *(f"Task {number}" for number in range(30)))
    index = built(ledger)
    ledger.tasks.update_task(ids[3], title="Renamed")
    ledger.tasks.delete_task(ids[4])
    feed(index, engines_of(ledger))
    before, digest = content(index), index.compare().digest
    for _ in range(2):
        set_position(ledger, index, 0)
        assert index.lag() > 30
        feed(index, engines_of(ledger))
        assert (content(index), index.compare().digest) == (before, digest)


@BOTH
def test_a_task_that_cannot_be_taken_is_parked_and_the_rest_goes_on(spaces: Workspaces) -> None:
    ledger = spaces.open()
    add(ledger, "One")
    index = built(ledger)
    (bad,) = add(ledger, "This is POISON")
    good = add(ledger, "Two", "Three")
    feed(index, engines_of(ledger))
    parked = index.checkpoints.parked()
    assert set(parked) == {bad}
    assert (parked[bad].version, parked[bad].tries) == (1, 6)
    assert "cannot be taken" in parked[bad].error
    comparison = index.compare()
    assert (comparison.equal, comparison.parked) == (True, (bad,))
    assert {one for one, *_ in content(index)} >= set(good)
    ledger.tasks.update_task(bad, title="This is harmless now")
    feed(index, engines_of(ledger))
    assert index.checkpoints.parked() == {}
    assert bad in {one for one, *_ in content(index)}


def test_a_parked_task_is_tried_again_when_the_index_is_mended(
    spaces: Workspaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = spaces.open()
    add(ledger, "One")
    index = built(ledger)
    (bad,) = add(ledger, "This is POISON")
    feed(index, engines_of(ledger))
    assert index.mend().parked == (bad,)
    monkeypatch.setattr("projecting.tiny._trouble", lambda _title: None)
    assert index.mend().parked == ()
    assert index.checkpoints.parked() == {}


@pytest.mark.parametrize("spaces", ["apart"], indirect=True)
def test_a_task_that_crashes_the_engine_is_parked_too(spaces: Workspaces) -> None:
    ledger = spaces.open()
    add(ledger, "One")
    index = built(ledger)
    (bad,) = add(ledger, "This is a CRASH")
    good = add(ledger, "Two", "Three")
    feed(index, engines_of(ledger))
    assert set(index.checkpoints.parked()) == {bad}
    assert "signal 9" in index.checkpoints.parked()[bad].error
    assert {one for one, *_ in content(index)} >= set(good)


@BOTH
def test_a_rebuild_goes_around_poison(spaces: Workspaces) -> None:
    ledger = spaces.open()
    ids = add(ledger, "One", "This is POISON", "Two")
    index = built(ledger)
    assert index.compare().parked == (ids[1],)
    assert [one for one, *_ in content(index)] == sorted({ids[0], ids[2]})


def test_an_engine_that_takes_nothing_parks_nobody(spaces: Workspaces) -> None:
    ledger = spaces.open()
    add(ledger, "One")
    index = built(ledger)
    full = index.place.root / "full"
    full.touch()
    add(ledger, "Two", "Three")
    engines_of(ledger).catch_up(5)
    with pytest.raises(EngineFault, match="No space left"):
        index.feed(5, 500)
    assert (index.checkpoints.parked(), index.lag()) == ({}, 2)
    full.unlink()
    feed(index, engines_of(ledger))
    assert index.compare().equal


def test_a_full_disk_in_a_rebuild_leaves_the_old_generation_answering(spaces: Workspaces) -> None:
    ledger = spaces.open()
    add(ledger, "Alpha", "Beta")
    index = built(ledger)
    (index.place.root / "full").touch()
    with pytest.raises(EngineFault, match="No space left"):
        index.rebuild()
    assert (index.checkpoints.live().generation, index.place.generations()) == (1, [1])
    assert engines_of(ledger).vectors().count() == 2
    (index.place.root / "full").unlink()
    assert index.rebuild() > 1
    assert index.compare().equal


@BOTH
def test_a_rebuild_embeds_nothing_and_removes_the_old_files(
    spaces: Workspaces, monkeypatch: pytest.MonkeyPatch
) -> None:
    ledger = spaces.open()
    add(ledger, *(f"Task {number}" for number in range(20)))
    index = built(ledger)
    before = content(index)

    def refuse(*_arguments: Any) -> None:
        raise AssertionError("a text was embedded")

    monkeypatch.setattr(engines_of(ledger).embedder(), "embed", refuse)
    told: list[tuple[int, int]] = []
    assert index.rebuild(lambda done, total: told.append((done, total))) == 2
    assert told[-1] == (20, 20)
    assert content(index) == before
    assert index.place.generations() == [2]
    assert not (index.place.root / "g1").exists()


def test_a_rebuild_that_is_stopped_leaves_everything_as_it_was(spaces: Workspaces) -> None:
    ledger = spaces.open()
    add(ledger, "One")
    index = built(ledger)
    assert index.rebuild(stop=lambda: True) == 0
    assert (index.checkpoints.live().generation, index.place.generations()) == (1, [1])
    assert index.compare().equal


def _delete_folder(index: Index) -> None:
    shutil.rmtree(index.place.folder(1))


def _truncate(index: Index) -> None:
    path = index.place.folder(1) / "tiny.db"
    path.write_bytes(path.read_bytes()[: path.stat().st_size // 2])


def _garble(index: Index) -> None:
    (index.place.folder(1) / "tiny.db").write_bytes(b"no database at all" * 1000)


def _make_anew(index: Index) -> None:
    """As an engine does that is opened just after its folder was deleted."""
    shutil.rmtree(index.place.root / "g1")
    index.place.folder(1).mkdir(parents=True)
    Tiny(index.place.folder(1)).close()


def _lose_note(index: Index) -> None:
    (index.place.root / "g1.json").unlink()


def _garble_note(index: Index) -> None:
    (index.place.root / "g1.json").write_text("{")


@BOTH
@pytest.mark.parametrize("harm", [_delete_folder, _truncate, _garble, _make_anew, _lose_note, _garble_note])
def test_damage_is_noticed_and_answers_come_from_elsewhere_until_it_is_mended(spaces: Workspaces, harm: Any) -> None:
    path = spaces.new()
    with Vespera.open(path, actor="ann") as ledger:
        add(ledger, *(f"Task {number}" for number in range(60)))
        index = built(ledger)
    harm(index)
    ledger = spaces.open(path)
    vectors = engines_of(ledger).vectors()
    target = engines_of(ledger).embedder().embed(["Task 7"])[0]
    exact = engines_of(ledger).exact().nearest(target, 5)
    assert [one.task_id for one in vectors.nearest(target, 5)] == [one.task_id for one in exact]
    found = engines_of(ledger).index("vectors")
    assert found is not None
    assert found.damage
    assert engines_of(ledger).standing()[1].answers == "exact"
    found.rebuild()
    assert found.compare().equal
    assert engines_of(ledger).standing()[1].answers == found.name
    assert not (found.place.root / "g1").exists()


@BOTH
def test_a_folder_that_is_deleted_under_an_open_engine_is_noticed_by_the_next_question(spaces: Workspaces) -> None:
    ledger = spaces.open()
    ids = add(ledger, "One", "Two")
    index = built(ledger)
    vectors = engines_of(ledger).vectors()
    assert vectors.count() == 2
    _make_anew(index)
    assert vectors.holds(ids) == dict.fromkeys(ids, 1)
    assert index.fault.endswith("its folder is gone.")
    index.rebuild()
    assert vectors.count() == 2
    assert index.fault == ""


def test_another_model_calls_for_a_new_generation(spaces: Workspaces) -> None:
    path = spaces.new()
    with Vespera.open(path, actor="ann") as ledger:
        add(ledger, "One", "Two")
        built(ledger)
    with (path / ".vespera" / "config.toml").open("a") as stream:
        stream.write('\n[embedder.hashing]\nmodel = "hashing@2"\n')
    ledger = spaces.open(path)
    index = engines_of(ledger).index("vectors")
    assert index is not None
    assert index.open() is False
    assert index.damage == "it was made with the model hashing@1"
    assert not index.source.is_walkable()
    engines_of(ledger).catch_up(10)
    assert index.source.is_walkable()
    index.rebuild()
    assert index.compare().equal


def test_files_that_know_more_than_a_restored_backup_are_made_anew(spaces: Workspaces) -> None:
    path = spaces.new()
    with Vespera.open(path, actor="ann") as ledger:
        (first,) = add(ledger, "One")
        index = built(ledger)
        ledger.kernel.storage.backup(path / "backup.db")
        ledger.tasks.update_task(first, title="Later")
        add(ledger, "Two")
        feed(index, engines_of(ledger))
    for file in (path / ".vespera").glob("vespera.db*"):
        file.unlink()
    shutil.copy(path / "backup.db", path / ".vespera" / "vespera.db")
    ledger = spaces.open(path)
    found = engines_of(ledger).index("vectors")
    assert found is not None
    assert found.open() is False
    assert found.damage == "it was made from another log"
    found.rebuild()
    assert [title for _, _, title, _ in content(found)] == ["One"]


def test_one_process_holds_an_index_and_the_others_answer_from_the_store(spaces: Workspaces) -> None:
    path = spaces.new()
    ledger = spaces.open(path)
    ids = add(ledger, "One", "Two")
    index = built(ledger)
    other = spaces.open(path)
    assert engines_of(other).vectors().count() == 2
    standing = engines_of(other).standing()[1]
    assert (standing.wanted, standing.answers, standing.reason) == ("tiny", "exact", "another process holds its lock")
    index.close()
    assert engines_of(other).vectors().holds(ids) == dict.fromkeys(ids, 1)
    assert engines_of(other).standing()[1].answers == "tiny"


def test_an_index_that_is_behind_does_not_answer(spaces: Workspaces, monkeypatch: pytest.MonkeyPatch) -> None:
    ledger = spaces.open()
    add(ledger, "One")
    index = built(ledger)
    add(ledger, "Two")
    engines_of(ledger).catch_up(5)
    monkeypatch.setattr(TinyVectors, "count", lambda _self: 99)
    assert engines_of(ledger).vectors().count() == 99, "it was fed before it answered"
    add(ledger, "Three")
    engines_of(ledger).catch_up(5)
    monkeypatch.setattr(index, "feed", lambda *_arguments: 1)
    vectors = engines_of(ledger).vectors()
    assert isinstance(vectors, SwitchedVectors)
    assert (vectors.count(), vectors.switch.reason) == (3, "it is 1 events behind")


def test_only_folders_that_the_core_made_are_removed(spaces: Workspaces) -> None:
    ledger = spaces.open()
    add(ledger, "One")
    index = built(ledger)
    foreign = index.place.root / "g2"
    foreign.mkdir()
    (foreign / "precious").touch()
    index.place.make(7, {})
    assert index.rebuild() == 3, "g2 is taken, whoever made it"
    assert (foreign / "precious").exists()
    assert sorted(one.name for one in index.place.root.iterdir() if one.is_dir()) == ["g2", "g3"]


def test_a_link_in_the_place_of_a_folder_is_removed_and_not_followed(spaces: Workspaces, tmp_path: Path) -> None:
    ledger = spaces.open()
    add(ledger, "One")
    index = built(ledger)
    precious = tmp_path / "precious"
    precious.mkdir()
    (precious / "file").touch()
    index.place.make(5, {})
    link = index.place.root / "g5"
    shutil.rmtree(link)
    link.symlink_to(precious)
    index.rebuild()
    assert (precious / "file").exists()
    assert not link.is_symlink()


def test_projections_of_plugins_are_fed_without_vectors(spaces: Workspaces) -> None:
    ledger = spaces.open()
    add(ledger, "One")
    for index in engines_of(ledger).projections():
        index.open()
        index.rebuild()
        add(ledger, f"For {index.name}")
        index.feed(5, 10)
        assert index.compare().equal
        assert {vector for *_, vector in content(index)} == {None}
    assert {index.name for index in engines_of(ledger).projections()} == {"tiny", "apart"}


def test_questions_are_answered_at_once_while_an_index_is_made_anew(spaces: Workspaces) -> None:
    """The store itself answers, or the old generation where it is level; nobody waits for the new one."""
    ledger = spaces.open()
    add(ledger, "One")
    index = built(ledger)
    asked, answered = Event(), Event()

    def hold_up(_done: int, _total: int) -> None:
        asked.set()
        answered.wait(30)

    builder = Thread(target=lambda: index.rebuild(hold_up))
    builder.start()
    try:
        assert asked.wait(30)
        vectors = engines_of(ledger).vectors()
        assert vectors.count() == 1
        add(ledger, "Two")
        engines_of(ledger).catch_up(5)
        assert vectors.count() == 2
        assert engines_of(ledger).standing()[1].behind == 1
    finally:
        answered.set()
        builder.join()
    assert index.lag() == 0
    assert index.compare().equal
