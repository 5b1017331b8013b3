"""Planning: from a plain text, as a person jots it down, to the tree of tasks that it means."""

from __future__ import annotations

from typing import Any, Final

PLAN: Final = """\
Open the shop
  Show the goods
    Write the catalogue
    Photograph the goods
    Lay out the pages after Write the catalogue, Photograph the goods
  Take payments
    Choose a payment provider
    Build the checkout after Choose a payment provider
    Test refunds after Build the checkout
  Ship parcels
    Compare the carriers
    Print the labels after Compare the carriers
  Invite the first customers after Lay out the pages, Test refunds, Print the labels
Tell the world
  Write the newsletter after Write the catalogue
  Send the newsletter after Write the newsletter, Invite the first customers
"""
_STEP: Final = "  "
_AFTER: Final = " after "


def planned(text: str) -> list[dict[str, Any]]:
    """The trees of an indented text; what stands behind "after" are titles of tasks that come first."""
    trees: list[dict[str, Any]] = []
    above: list[list[dict[str, Any]]] = [trees]
    for line in filter(str.strip, text.splitlines()):
        words = line.lstrip()
        depth = (len(line) - len(words)) // len(_STEP)
        task = _task(words)
        above[depth].append(task)
        above[depth + 1 :] = [task.setdefault("children", [])]
    return [_pruned(tree) for tree in trees]


def _task(words: str) -> dict[str, Any]:
    title, _, first = words.partition(_AFTER)
    return {"title": title, "key": title, "depends_on": first.split(", ") if first else []}


def _pruned(task: dict[str, Any]) -> dict[str, Any]:
    """The task without what says nothing."""
    task["children"] = [_pruned(child) for child in task["children"]]
    return {name: value for name, value in task.items() if value}


def titles(trees: list[dict[str, Any]]) -> list[str]:
    """The titles of all tasks of some trees."""
    return [title for tree in trees for title in (tree["title"], *titles(tree.get("children", [])))]
