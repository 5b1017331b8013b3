"""What was found, as text: aligned, the words that were sought marked on a terminal, and no line that says nothing."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING

from vespera_core.cli.views.tasks import MARKS
from vespera_core.cli.views.text import clean, columns, count, fitted, table, when, width_of

if TYPE_CHECKING:
    from vespera_core.app.search.answers import (
        ClusterAnswer,
        DuplicatesAnswer,
        FeedbackAnswer,
        Group,
        Hit,
        RecommendAnswer,
        SearchAnswer,
        SimilarAnswer,
        Snippet,
        SuggestAnswer,
        Trend,
        TrendsAnswer,
    )
    from vespera_core.model.task import Task

_BOLD, _PLAIN = "\x1b[1m", "\x1b[22m"
_BARS = " \u2581\u2582\u2583\u2584\u2585\u2586\u2587\u2588"


def _marks_words() -> bool:
    """Whether words are marked: on a terminal whose user has not asked for plain text."""
    return sys.stdout.isatty() and "NO_COLOR" not in os.environ and os.environ.get("TERM") != "dumb"


def marked(snippet: Snippet, room: int | None) -> str:
    """A snippet for one line, cut to the room there is, its marks in bold where that is shown."""
    bold, place, left, parts = _marks_words(), 0, room, []
    for start, end in (*snippet.marks, (len(snippet.text), len(snippet.text))):
        for text, is_mark in ((snippet.text[place:start], False), (snippet.text[start:end], True)):
            shown = clean(text) if left is None else fitted(clean(text), left) if left > 0 else ""
            left = None if left is None else left - width_of(shown)
            parts.append(f"{_BOLD}{shown}{_PLAIN}" if bold and is_mark and shown else shown)
        place = end
    return "".join(parts)


def found(answer: SearchAnswer, text: str) -> str:
    """Hits, each with the place where the words stand."""
    if not answer.tasks:
        return "\n".join([f"Nothing found for: {clean(text)}", *_remarks(answer)])
    lines = [_heading(answer)]
    head = [(task.task_id, MARKS[task.priority], task.status) for task in answer.tasks]
    widths = [max(width_of(clean(row[at])) for row in head) for at in range(3)]
    for row, task, hit in zip(head, answer.tasks, answer.hits, strict=True):
        left = "  ".join(clean(cell).ljust(width) for cell, width in zip(row, widths, strict=True))
        lines.extend(_hit(left, task, hit))
    return "\n".join([*lines, *_remarks(answer)])


def _heading(answer: SearchAnswer) -> str:
    shown = len(answer.tasks)
    return f"Found: {count(answer.total, 'task')}" + (f", the best {shown}" if shown < answer.total else "")


def _hit(left: str, task: Task, hit: Hit) -> Iterator[str]:
    room = columns()
    title, *others = hit.snippets
    tags = clean("".join(f" #{tag}" for tag in task.tags[:5]))
    space = None if room is None else max(20, room - width_of(left) - 4 - width_of(tags))
    yield f"  {left}  {marked(title, space)}{tags}"
    for snippet in others:
        if snippet.marks:
            yield f"      {marked(snippet, None if room is None else max(20, room - 6))}"
    if hit.parts is not None:
        parts = ", ".join(f"{name} {value:.3f}" for name, value in hit.parts.items() if value)
        yield f"      score {hit.score:.3f}: {parts or 'nothing'}"


def _remarks(answer: SearchAnswer) -> Iterator[str]:
    """What else is worth knowing, only where it is."""
    if answer.suggestion:
        yield f"  did you mean: {clean(answer.suggestion)}"
    if answer.next_cursor:
        yield f"  more: --limit 0 for all, or --cursor {answer.next_cursor}"
        if narrow := _narrow(answer.facets):
            yield f"  narrow: {narrow}"
    if answer.reason:
        yield f"  note: {clean(answer.reason)}"
    if answer.behind:
        yield f"  note: {count(answer.behind, 'event')} not yet compared by meaning; by words all are."


def _narrow(facets: dict[str, dict[str, int]]) -> str:
    parts = []
    for name, option in (("status", "-s"), ("type", "-t"), ("project", "--project"), ("tag", "-l")):
        values = facets.get(name, {})
        if len(values) > 1:
            parts.append(f"{option} " + " ".join(f"{clean(value)}({n})" for value, n in list(values.items())[:3]))
    return ", ".join(parts)


def alike(answer: SimilarAnswer) -> str:
    """Tasks like one."""
    if not answer.similar:
        return f"Nothing is like {answer.task_id}."
    rows = [(one.task_id, f"{one.likeness:.2f}", one.status, one.title) for one in answer.similar]
    note = ""
    if answer.similar[0].likeness >= answer.threshold:
        note = f"\n  from {answer.threshold:.2f} on, two tasks here may be the same"
    return f"Like {answer.task_id}:\n{table(rows)}{note}"


def doubled(answer: DuplicatesAnswer) -> str:
    """Groups of tasks that may be the same."""
    compared = f"{count(answer.compared, 'task')} compared, likeness from {answer.threshold:.2f}"
    if not answer.groups:
        return f"No duplicates suspected ({compared})."
    lines = [f"May be the same: {count(answer.total, 'group')} ({compared})"]
    for number, group in enumerate(answer.groups, 1):
        lines += [f"{number}. {_why(group)}", table([(one.task_id, one.status, one.title) for one in group.tasks])]
    if answer.total > len(answer.groups):
        lines.append("  more: --limit 0 for all")
    lines.append("  settle one: vespera link ID OTHER --kind duplicate_of")
    return "\n".join(lines)


def _why(group: Group) -> str:
    best = group.pairs[0]
    return ", ".join([f"{best.likeness:.2f} alike", *map(clean, best.reasons)])


def clustered(answer: ClusterAnswer) -> str:
    """Groups with their terms and most typical tasks."""
    if not answer.clusters:
        return "No tasks to group."
    lines = [f"{count(len(answer.clusters), 'group')} of {count(answer.tasks, 'task')}, quality {answer.quality:.2f}"]
    for one in answer.clusters:
        lines.append(f"{clean(', '.join(one.terms) or one.label)}: {count(one.size, 'task')}, {one.open:,} open")
        lines.append(table([(task.task_id, task.status, task.title) for task in one.typical]))
    return "\n".join(lines)


def recommended(answer: RecommendAnswer) -> str:
    """What to take up next."""
    if not answer.recommended:
        return f"Nothing is ready for {clean(answer.actor)}. Run 'vespera blocked' to see what waits, and for what."
    lines = [f"For {clean(answer.actor)}, of {count(answer.ready, 'ready task')}:"]
    for one in answer.recommended:
        lines.append(table([(one.task.task_id, MARKS[one.task.priority], one.task.type, one.task.title)]))
        if one.reasons:
            lines.append(f"      {clean('; '.join(one.reasons))}")
    return "\n".join([*lines, f"  take the first: vespera claim {answer.recommended[0].task.task_id}"])


def suggested(answer: SuggestAnswer) -> str:
    """Queries, each with the number of tasks behind it."""
    rows = [(one.tasks, one.source, one.text) for one in answer.suggestions]
    return table(rows) if rows else "Nothing begins like this."


def trended(answer: TrendsAnswer) -> str:
    """Terms and weeks."""
    lines = [f"{count(answer.after, 'task')} made since {when(answer.since)}, {answer.before:,} in as long before"]
    for heading, found in (("rising", answer.rising), ("falling", answer.falling)):
        if found:
            lines += [f"{heading}:", _terms(found)]
    most = max((max(week.created, week.closed) for week in answer.weeks), default=0)
    if most:
        lines.append(f"{count(len(answer.weeks), 'week')} up to now:")
        lines += [
            f"  {name.ljust(7)}  {_bars([getattr(week, name) for week in answer.weeks], most)}"
            for name in ("created", "closed")
        ]
    return "\n".join(lines)


def _terms(found: Sequence[Trend]) -> str:
    return table([(one.term, f"{one.before} -> {one.after}") for one in found])


def _bars(numbers: Sequence[int], most: int) -> str:
    """Numbers, on a terminal each with a bar before it."""
    if not sys.stdout.isatty():
        return " ".join(map(str, numbers))
    return " ".join(f"{_BARS[-(-number * 8 // most)]}{number}" for number in numbers)


def noted(answer: FeedbackAnswer) -> str:
    """What follows from feedback."""
    threshold = "" if answer.threshold is None else f", duplicates from {answer.threshold:.2f} on"
    return f"Noted ({answer.noted:,} kept on this machine): words weigh {answer.words_weight:.2f}{threshold}."
