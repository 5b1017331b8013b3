"""The words of a query, and where they stand in a text."""

from __future__ import annotations

import pytest

from vespera_core.app.search.answers import Snippet
from vespera_core.app.search.snippets import WIDTH, snippets
from vespera_core.app.search.words import MOST, places, stem, terms, vocabulary
from vespera_core.model.basics import Micros
from vespera_core.model.task import Task


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Fix the cache", ("fix", "cache")),
        ("the of and", ("the", "of", "and")),
        ("parseHTMLPage", ("parsehtmlpage", "parse", "html", "page")),
        ("read_file read_file", ("read_file", "read", "file")),
        ("bd-123 v2", ("bd", "123", "v2")),
        ("N+1", ("n", "1")),
        ("Größe 表", ("größe", "表")),
        ("___ ... \u202e !", ()),
        ("", ()),
    ],
)
def test_what_is_looked_up(text: str, found: tuple[str, ...]) -> None:
    assert terms(text) == found


def test_a_query_of_any_length_is_a_few_words() -> None:
    assert len(terms(" ".join(f"word{number}" for number in range(100_000)))) == MOST
    assert all(len(one) <= 100 for one in terms("x" * 100_000))


@pytest.mark.parametrize(
    ("left", "right"), [("validate", "validation"), ("caches", "cache"), ("query", "queries"), ("syncing", "sync")]
)
def test_forms_of_a_word_are_known_again(left: str, right: str) -> None:
    assert stem(left) == stem(right)


@pytest.mark.parametrize(("left", "right"), [("test", "text"), ("cat", "car"), ("sync", "async")])
def test_other_words_are_not(left: str, right: str) -> None:
    assert stem(left) != stem(right)


def test_places_are_offsets() -> None:
    text = "Caching: cache_size, then caches."
    assert [text[a:b] for a, b, _ in places(text, frozenset({stem("cache")}))] == ["Caching", "cache", "caches"]


def test_vocabulary_leaves_out_what_says_nothing() -> None:
    assert vocabulary("The 2 caches of a DB in 2024, by_name") == {"caches", "by_name"}


def task(title: str, **texts: str) -> Task:
    return Task(
        task_id="t", project_id="p", title=title, created_at=Micros(0), created_by="ann", updated_at=Micros(0), **texts
    )


def marked(snippet: Snippet) -> list[str]:
    return [snippet.text[a:b] for a, b in snippet.marks]


def test_a_snippet_shows_where_the_most_words_stand() -> None:
    text = f"{'Nothing here about the cache. ' * 20}The retry of a failed upload is slow.{' And so on.' * 40}"
    title, body = snippets(task("Retry", description=text, notes="retry"), ["failed", "upload", "retry"])
    assert marked(title) == ["Retry"]
    assert (body.field, marked(body)) == ("description", ["retry", "failed", "upload"])
    assert len(body.text) <= WIDTH + 2
    assert body.text.startswith("\u2026")
    assert body.text.endswith("\u2026")


def test_a_short_text_is_shown_whole() -> None:
    _, body = snippets(task("T", notes="One line\n\tand another"), ["nowhere"])
    assert body == Snippet("notes", "One line and another")
    assert snippets(task("T"), ["x"]) == (Snippet("title", "T"),)


def test_another_text_is_shown_where_it_fits_better() -> None:
    _, body = snippets(task("T", description="about nothing", acceptance_criteria="the upload is quick"), ["upload"])
    assert (body.field, marked(body)) == ("acceptance_criteria", ["upload"])
