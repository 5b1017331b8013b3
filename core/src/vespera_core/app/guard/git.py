"""Asking git, without letting the repository's own settings run anything or change the form of the answer."""

from __future__ import annotations

import os
import subprocess
from typing import Final

from vespera_core.errors import EnvironmentFault, InvalidInput

SECONDS: Final = 60
_QUIET: Final = ("-c", "core.fsmonitor=false", "-c", "core.quotePath=false", "--no-optional-locks")


_PLACES: Final = ("GIT_DIR", "GIT_WORK_TREE", "GIT_INDEX_FILE", "GIT_COMMON_DIR", "GIT_PREFIX")
"""What git tells its hooks about the working tree that they run in."""


def git(folder: str, *words: str, clean: bool = False) -> bytes:
    """The output of a git command in a folder; `clean` for another working tree than the one that a hook runs in.

    Raises EnvironmentFault with what git said.
    """
    done = _run(folder, words, clean=clean)
    if done.returncode:
        said = done.stderr.decode("utf-8", "replace").strip() or f"exit code {done.returncode}"
        raise EnvironmentFault(
            f"git could not answer in {folder}: {said}", next="Run it in a folder of a git working tree."
        )
    return done.stdout


def line(folder: str, *words: str, clean: bool = False) -> str:
    """The same, for an answer of one line."""
    return os.fsdecode(git(folder, *words, clean=clean).removesuffix(b"\n"))


def commit(folder: str, revision: str) -> str | None:
    """The commit that a revision names; None for HEAD before the first one. Raises InvalidInput for another."""
    done = _run(folder, ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{revision}^{{commit}}"))
    if done.returncode == 0:
        return done.stdout.decode("ascii").strip()
    if revision == "HEAD":
        return None
    raise InvalidInput(
        f"git knows no revision {revision!r}.",
        field="base",
        next="Name a branch, a tag or a commit of this repository.",
    )


def _run(folder: str, words: tuple[str, ...], *, clean: bool = False) -> subprocess.CompletedProcess[bytes]:
    surroundings = {name: value for name, value in os.environ.items() if not (clean and name in _PLACES)}
    try:
        return subprocess.run(  # noqa: S603 - an argument list, no shell
            ["git", *_QUIET, *words],  # noqa: S607 - the git of whoever runs this
            cwd=folder, env=surroundings, stdin=subprocess.DEVNULL, capture_output=True, timeout=SECONDS, check=False,
        )  # fmt: skip
    except OSError as error:
        raise EnvironmentFault(
            f"git cannot be run in {folder}: {error.strerror or error}.", next="Install git, and name a folder."
        ) from None
    except subprocess.TimeoutExpired:
        raise EnvironmentFault(f"git gave no answer within {SECONDS} seconds.", next="Try it again.") from None
