"""Embeddings follow the log: each text once, within bounds, resumably, whoever else does the same."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import numpy as np
import pytest

from projecting.site import Workspaces, add, engines_of
from projecting.tiny import Hashing
from vespera_core.app.application import Vespera
from vespera_core.app.projections.documents import HOOK, texts_of
from vespera_core.app.projections.embedding import SPACE, Embeddings, memo_key
from vespera_core.errors import EmbedderFault, StoreReadOnly


class Counting(Hashing):
    """Remembers every text that it was given."""

    def __init__(self, model: str = "counting@1") -> None:
        super().__init__(model)
        self.texts: list[str] = []

    def embed(self, texts: Sequence[str]) -> Any:
        self.texts += texts
        return super().embed(texts)


@pytest.fixture(params=["memory", "sqlite"])
def ledger(request: pytest.FixtureRequest, spaces: Workspaces) -> Any:
    if request.param == "memory":
        return Vespera.in_memory(actor="ann", project="w")
    return spaces.open()


def vectors(ledger: Vespera, model: str) -> dict[str, tuple[int, bytes]]:
    with ledger.kernel.storage.read() as reader:
        return {one.task_id: (one.version, one.vector) for one in reader.task_vectors(model)}


def versions(ledger: Vespera) -> dict[str, int]:
    with ledger.kernel.storage.read() as reader:
        return {node.task_id: node.version for node in reader.graph_nodes()}


def test_every_live_task_gets_the_vector_of_its_texts(ledger: Vespera) -> None:
    model = Counting()
    (first,) = add(ledger, "Alpha beta", description="gamma delta", notes="epsilon", tags=("zeta",))
    (bare,) = add(ledger, "Only a title")
    assert Embeddings(ledger.kernel, model).catch_up(10).complete
    held = vectors(ledger, model.model_id)
    assert {one: version for one, (version, _) in held.items()} == versions(ledger)
    title, full = model.embed(["Alpha beta", "Alpha beta\ngamma delta\nepsilon\nzeta"])
    expected = (title / 2 + full) / np.linalg.norm(title / 2 + full)
    assert np.allclose(np.frombuffer(held[first][1], "<f4"), expected, atol=1e-6)
    assert np.allclose(np.frombuffer(held[bare][1], "<f4"), model.embed(["Only a title"])[0], atol=1e-6)


def test_no_text_is_embedded_twice(ledger: Vespera) -> None:
    model = Counting()
    ids = add(ledger, *(f"Task {number}" for number in range(30)))
    Embeddings(ledger.kernel, model).catch_up(10)
    assert len(model.texts) == 30
    ledger.tasks.update_task(ids[0], priority="high")
    ledger.tasks.update_task(ids[1], title="Task 2")  # the text of another task, word for word
    ledger.tasks.update_task(ids[2], title="Something new")
    Embeddings(ledger.kernel, model).catch_up(10)
    assert model.texts[30:] == ["Something new"]
    assert {one: version for one, (version, _) in vectors(ledger, model.model_id).items()} == versions(ledger)


def test_what_is_deleted_is_not_embedded_and_ends_at_its_version(ledger: Vespera) -> None:
    model = Counting()
    kept, gone = add(ledger, "Kept", "Gone")
    Embeddings(ledger.kernel, model).catch_up(10)
    ledger.tasks.delete_task(gone)
    Embeddings(ledger.kernel, model).catch_up(10)
    assert set(vectors(ledger, model.model_id)) == {kept}
    with ledger.kernel.storage.read() as reader:
        task = reader.task(gone)
        assert task is not None
        assert reader.vector_versions(model.model_id, [gone]) == {gone: task.version}
    ledger.tasks.restore_task(gone)
    Embeddings(ledger.kernel, model).catch_up(10)
    assert set(vectors(ledger, model.model_id)) == {kept, gone}
    assert sorted(model.texts) == ["Gone", "Kept"]


def test_the_walk_is_resumed_where_it_ended(ledger: Vespera) -> None:
    model = Counting()
    add(ledger, *(f"Task {number}" for number in range(50)))
    first = Embeddings(ledger.kernel, model, largest=20).catch_up(0)
    assert (first.complete, len(model.texts)) == (False, 20)
    assert first.behind == first.log
    add(ledger, "Made during the walk")
    again = Counting()
    assert Embeddings(ledger.kernel, again, largest=20).catch_up(10).complete
    assert len(again.texts) == 31
    assert {one: version for one, (version, _) in vectors(ledger, model.model_id).items()} == versions(ledger)


def test_following_is_bounded_and_says_how_far_it_is(ledger: Vespera) -> None:
    model = Counting()
    keeper = Embeddings(ledger.kernel, model, largest=10)
    keeper.catch_up(10)
    add(ledger, *(f"Task {number}" for number in range(25)))
    standing = keeper.catch_up(0)
    assert (standing.complete, standing.behind) == (False, 15)
    assert keeper.standing() == standing
    assert keeper.catch_up(10).complete


def test_a_new_model_starts_anew_and_the_old_one_stays(ledger: Vespera) -> None:
    add(ledger, "One", "Two")
    old, new = Counting("counting@1"), Counting("counting@2")
    Embeddings(ledger.kernel, old).catch_up(10)
    assert Embeddings(ledger.kernel, new).standing().behind > 0
    Embeddings(ledger.kernel, new).catch_up(10)
    assert len(vectors(ledger, "counting@1")) == len(vectors(ledger, "counting@2")) == 2


def test_many_at_once_do_no_harm(ledger: Vespera) -> None:
    add(ledger, *(f"Task {number}" for number in range(120)))
    with ThreadPoolExecutor(4) as pool:
        keepers = [Embeddings(ledger.kernel, Counting(), largest=7) for _ in range(4)]
        assert all(one.complete for one in pool.map(lambda keeper: keeper.catch_up(60), keepers))
    assert {one: version for one, (version, _) in vectors(ledger, "counting@1").items()} == versions(ledger)


def test_workers_share_the_texts(ledger: Vespera) -> None:
    add(ledger, *(f"Task {number}" for number in range(200)))
    alone, shared = Counting("counting@1"), Counting("counting@2")
    Embeddings(ledger.kernel, alone).catch_up(10)
    Embeddings(ledger.kernel, shared, workers=4).catch_up(10)
    assert sorted(alone.texts) == sorted(shared.texts)
    assert vectors(ledger, "counting@1") == vectors(ledger, "counting@2")


def test_a_store_that_cannot_be_written_is_said_and_not_raised(
    ledger: Vespera, monkeypatch: pytest.MonkeyPatch
) -> None:
    add(ledger, "One")

    def refuse(_work: Any) -> None:
        raise StoreReadOnly("The disk is mounted read-only.")

    monkeypatch.setattr(ledger.kernel.storage, "write", refuse)
    standing = Embeddings(ledger.kernel, Counting()).catch_up(5)
    assert (standing.complete, standing.reason) == (False, "The disk is mounted read-only.")


def test_a_model_that_fails_is_said_and_not_raised(ledger: Vespera) -> None:
    class Broken(Counting):
        def embed(self, texts: Sequence[str]) -> Any:
            raise EmbedderFault("no weights")

    add(ledger, "One")
    standing = Embeddings(ledger.kernel, Broken()).catch_up(5)
    assert (standing.complete, standing.reason) == (False, "no weights")


def test_nothing_is_written_where_nothing_is_new(ledger: Vespera, monkeypatch: pytest.MonkeyPatch) -> None:
    add(ledger, "One")
    Embeddings(ledger.kernel, Counting()).catch_up(5)

    def refuse(_work: Any) -> None:
        raise AssertionError("it wrote")

    monkeypatch.setattr(ledger.kernel.storage, "write", refuse)
    assert Embeddings(ledger.kernel, Counting()).catch_up(5).complete


class Author:
    """A plugin that writes documents, in its own words."""

    def __init__(self, answer: Any) -> None:
        self._answer = answer

    def __call__(self, _hook: str, **_arguments: Any) -> Any:
        return iter([("builtin", "own"), ("author", self._answer)])


@pytest.mark.parametrize(("answer", "full"), [("words", "T\nwords"), (None, "T\nown"), ("", "T"), ("  ", "T")])
def test_the_last_plugin_with_an_opinion_writes_the_document(
    ledger: Vespera, monkeypatch: pytest.MonkeyPatch, answer: str | None, full: str
) -> None:
    task = ledger.tasks.create_task("T", description="own")
    monkeypatch.setattr(ledger.kernel.plugins, "call_each", Author(answer))
    assert texts_of(ledger.kernel.plugins, task) == ("T", full)


@pytest.mark.parametrize("answer", [ValueError("broken"), 7])
def test_a_plugin_that_fails_at_it_is_named_and_passed_over(
    ledger: Vespera, monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    failed: list[tuple[str, str]] = []
    task = ledger.tasks.create_task("T", description="own")
    monkeypatch.setattr(ledger.kernel.plugins, "call_each", Author(answer))
    monkeypatch.setattr(ledger.kernel.plugins, "fail", lambda name, hook, _error: failed.append((name, hook)))
    assert texts_of(ledger.kernel.plugins, task).full == "T\nown"
    assert failed == [("author", HOOK)]


def test_other_authors_of_documents_start_a_new_walk(ledger: Vespera, monkeypatch: pytest.MonkeyPatch) -> None:
    model = Counting()
    (one,) = add(ledger, "One")
    Embeddings(ledger.kernel, model).catch_up(5)
    before = vectors(ledger, model.model_id)[one]
    monkeypatch.setattr("vespera_core.app.projections.embedding.authors", lambda _plugins: "somebody 2.0")
    monkeypatch.setattr(ledger.kernel.plugins, "call_each", Author("quite other words"))
    assert Embeddings(ledger.kernel, model).catch_up(5).complete
    assert vectors(ledger, model.model_id)[one] != before


def test_a_lost_checkpoint_costs_a_walk_and_nothing_else(ledger: Vespera) -> None:
    model = Counting()
    add(ledger, "One", "Two")
    Embeddings(ledger.kernel, model).catch_up(5)
    ledger.kernel.storage.write(lambda unit: unit.put_memos(SPACE, {memo_key(model.model_id): None}))
    assert Embeddings(ledger.kernel, model).standing().complete is False
    assert Embeddings(ledger.kernel, model).catch_up(5).complete
    assert len(model.texts) == 2


def test_a_model_that_is_missing_leaves_search_by_words(spaces: Workspaces, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("vespera_core.app.engines.opening.AUTO_EMBEDDER", "absent")
    monkeypatch.setenv("VESPERA_EMBEDDER", "auto")
    ledger = spaces.open()
    with pytest.raises(EmbedderFault, match="absent"):
        engines_of(ledger).embedder()
    standing = engines_of(ledger).catch_up(5)
    assert (standing.complete, "absent" in standing.reason) == (False, True)
