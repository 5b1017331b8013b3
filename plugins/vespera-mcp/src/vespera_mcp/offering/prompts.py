"""Prompts: ways of working that a person starts by name. What a person fills in is handed on as data."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

import mcp_types as types
from mcp.shared.exceptions import MCPError

from vespera_core.model.record import record
from vespera_mcp.replies.fitting import fenced


@record(frozen=True, slots=True, kw_only=True)
class Prompt:
    """A prompt: what it is for, what it is told, and the arguments that a person fills in, the first one of need."""

    name: str
    summary: str
    text: str
    arguments: Mapping[str, str]
    required: tuple[str, ...] = ()


_PLAN: Final = (
    "Plan the feature below as a tree of tasks. First look for what is there with search_tasks. Then call "
    "create_task_tree once: a parent for the feature; children that one agent can finish in a sitting, each with a "
    "title that begins with a verb, acceptance_criteria that can be checked, and an estimate; depends_on wherever one "
    "needs the result of another, by key. Show the plan as get_task_tree tells it, and say what you left out."
)
_WORK: Final = (
    "Work on one task until it is done. Take it with execute_task, without an id the most urgent one that is ready; "
    "read the briefing, and keep its fence. Keep the lease by hold_task with the action heartbeat, and checkpoint what "
    "whoever goes on would need. Record what you find on the way by create_task. When the acceptance criteria are met, "
    "call complete_task with the fence, the command that you checked it with, its exit code and a reason. If you "
    "cannot go on, release it by hold_task and say why in a comment."
)
_HAND_OVER: Final = (
    "Hand over the task below to whoever works on it next. Read it with get_task, with view context. Keep where it "
    "stands by hold_task with the action checkpoint: what is done, what is next, which files, what failed. Comment on "
    "what is no part of that, then release it by hold_task."
)
_RETROSPECTIVE: Final = (
    "Look back at the project below, or at all of them. Read get_task_dashboard and list_tasks with status completed, "
    "sorted by when they were changed. Say what went well, what waited and for what, which estimates were off, and "
    "which tasks were reopened; end with at most three changes that are worth a task each, and offer to create them."
)

PROMPTS: Final = {
    one.name: one
    for one in (
        Prompt(name="plan", summary="Plan a feature into a tree of tasks.", text=_PLAN,
               arguments={"feature": "What is to be built."}, required=("feature",)),
        Prompt(name="work_next", summary="Work on the next task until it is done.", text=_WORK,
               arguments={"task_id": "This task; else the most urgent one."}),
        Prompt(name="hand_over", summary="Leave a task so that another can go on.", text=_HAND_OVER,
               arguments={"task_id": "The task."}, required=("task_id",)),
        Prompt(name="retrospective", summary="Look back at a project.", text=_RETROSPECTIVE,
               arguments={"project_id": "The project; else all."}),
    )
}  # fmt: skip


def every() -> list[types.Prompt]:
    """All prompts, as clients are told of them."""
    return [
        types.Prompt(
            name=one.name, description=one.summary,
            arguments=[
                types.PromptArgument(name=name, description=text, required=name in one.required)
                for name, text in one.arguments.items()
            ],
        )
        for one in PROMPTS.values()
    ]  # fmt: skip


def filled(name: str, arguments: Mapping[str, str]) -> types.GetPromptResult:
    """A prompt with what a person filled in. Raises MCPError for one that is none, and for what it does not take."""
    prompt = PROMPTS.get(name)
    if prompt is None:
        raise MCPError(types.INVALID_PARAMS, f"There is no prompt {name[:100]!r}; there are: {', '.join(PROMPTS)}.")
    for one in arguments:
        if one not in prompt.arguments:
            raise MCPError(types.INVALID_PARAMS, f"The prompt {name} takes no {one[:100]!r}.")
    for one in prompt.required:
        if not arguments.get(one):
            raise MCPError(types.INVALID_PARAMS, f"The prompt {name} needs {one}.")
    given = "\n".join(f"{one}:\n{fenced(text)}" for one, text in arguments.items() if text)
    text = f"{prompt.text}\n\n{given}".rstrip()
    message = types.PromptMessage(role="user", content=types.TextContent(type="text", text=text))
    return types.GetPromptResult(description=prompt.summary, messages=[message])
