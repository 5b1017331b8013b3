"""A briefing fits its budget, whatever there is to say, and names what it leaves out."""

from __future__ import annotations

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from vespera_core.app.context.fitting import fitted
from vespera_core.app.context.sections import Section, item
from vespera_core.model.tokens import cut_to, estimated_tokens

texts = st.text(max_size=60)
pieces = st.lists(st.one_of(texts, texts.map(lambda one: one * 200)), max_size=6).map(tuple)
patient = settings(suppress_health_check=[HealthCheck.too_slow])  # a busy machine is no fault of the texts
sections = st.lists(pieces, min_size=1, max_size=8).map(
    lambda found: [Section(f"s{n}", f"## Heading {n}", one, f"vespera show {n}") for n, one in enumerate(found)]
)


@patient
@given(sections, st.integers(200, 3000))
def test_it_fits_and_says_what_is_missing(found: list[Section], budget: int) -> None:
    text, told = fitted(found, budget)
    assert estimated_tokens(text) <= budget
    assert [one.name for one in told] == [one.name for one in found if one.pieces]
    for one in told:
        assert 0 <= one.told <= one.found
        if one.told < one.found and estimated_tokens(text) < budget - 20:
            assert f"- {one.name}: " in text


@patient
@given(sections)
def test_a_large_budget_leaves_nothing_out(found: list[Section]) -> None:
    text, told = fitted(found, 1_000_000)
    assert all((one.told, one.cut) == (one.found, False) for one in told)
    assert "## Left out" not in text.split("\n## Heading")[-1] or any(
        "## Left out" in p for s in found for p in s.pieces
    )


def test_one_long_text_does_not_drive_out_the_others() -> None:
    found = [
        Section("description", "## What", ("word " * 20_000,), "vespera show a"),
        Section("acceptance", "## Done when", ("  It is green.",), "vespera show a"),
    ]
    text, told = fitted(found, 500)
    assert "It is green." in text
    assert [one.cut for one in told] == [True, False]
    assert 450 < estimated_tokens(text) <= 500
    assert "- description: the end; read it with 'vespera show a'" in text


@patient
@given(texts, st.integers(0, 200))
def test_what_is_cut_is_the_beginning_and_fits(text: str, tokens: int) -> None:
    cut = cut_to(text, tokens)
    assert estimated_tokens(cut) <= tokens
    assert text.startswith(cut)


@patient
@given(texts)
def test_words_of_others_never_begin_a_line(body: str) -> None:
    lines = item("head", body).split("\n")
    assert all(not line or line.startswith("  ") for line in lines[1:])
