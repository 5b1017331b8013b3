"""Fences."""

from __future__ import annotations


def fenced(text: str) -> str:
    """A text between fences that it cannot close."""
    return f"```\n{text}\n```"
