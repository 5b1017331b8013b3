"""`guard`: what a role may do, asked where work happens."""

from __future__ import annotations

import sys

import click

from vespera_core.cli import options
from vespera_core.cli.family import Family
from vespera_core.cli.session import Run

_role = click.option("--role", metavar="ROLE", help="Else VESPERA_ROLE, or the roles of the tasks that you hold.")
BLOCKED = 2
"""The only exit code, beside 0 with an answer, that a client takes for a refusal."""


@click.group("guard", cls=Family)
@options.common
def guard() -> None:
    """What a role may do: check, diff, hook, install."""


@guard.command("check")
@_role
@click.option("--tool", metavar="NAME", help="A tool, by the name that the agent's client gives it.")
@click.option("--path", metavar="PATH", help="A file; a relative path counts from here.")
@click.option("--op", "operation", type=click.Choice(["read", "edit"]), help="Else what the tool does, or edit.")
@options.common
@click.pass_context
def check(context: click.Context, role: str | None, tool: str | None, path: str | None, operation: str | None) -> None:
    """Whether a role may use a tool, or read or edit a file. Ends with 1 where it may not.

    A command of a shell is judged as a tool alone: what it reads and writes is not looked at.
    """
    from pathlib import Path

    from vespera_core.app.guard.requests import CheckAccess
    from vespera_core.cli.views import guard as view

    here = path if path is None or path.startswith("/") or not path else str(Path.cwd() / path)
    request = CheckAccess(role=role, tool=tool, path=here, operation=operation)
    run: Run = context.obj
    answer = run.call("guard.check", request)
    run.show(answer, view.checked)
    context.exit(0 if answer.allowed else 1)


@guard.command("diff")
@_role
@click.option("--base", metavar="REV", help="All since the work left REV; else since the last commit.")
@click.option("--staged", "--cached", is_flag=True, help="What is about to be committed, not what lies around.")
@options.common
@click.pass_context
def diff(context: click.Context, role: str | None, base: str | None, staged: bool) -> None:
    """Whether a role may make the changes of this git working tree. Ends with 1 where it may not."""
    from pathlib import Path

    from vespera_core.app.guard.requests import CheckDiff
    from vespera_core.cli.views import guard as view

    run: Run = context.obj
    answer = run.call("guard.diff", CheckDiff(role=role, base=base, staged=staged, folder=str(Path.cwd())))
    run.show(answer, view.compared)
    context.exit(0 if answer.allowed else 1)


@guard.group("hook", cls=Family)
@options.common
def hook() -> None:
    """Hooks that clients of agents call: claude-code."""


@hook.command("claude-code")
@_role
@click.option(
    "--if-role", is_flag=True, help="Object to nothing outside of a workspace, and where no role is in force."
)
@options.common
@click.pass_context
def claude_code(context: click.Context, role: str | None, if_role: bool) -> None:
    """Answer Claude Code before it uses a tool: a message on standard input, the refusal on standard output.

    Whatever goes wrong refuses too. A shell command is judged as a tool alone: what it writes is not looked at.
    """
    from vespera_core.app.guard.claude import MAX_BYTES, Malformed

    run: Run = context.obj
    if if_role and not _is_in_workspace(run):
        return
    try:
        answer = _answer(run, sys.stdin.buffer.read(MAX_BYTES + 1), role, if_role=if_role)
    except Malformed as error:
        context.exit(_blocked(f"The client's message cannot be understood, so nothing is allowed: {error}."))
    except Exception as error:
        context.exit(_blocked(f"The guard could not decide, so nothing is allowed: {_told(error)}"))
    if answer is not None:
        click.echo(answer)


def _is_in_workspace(run: Run) -> bool:
    from vespera_core.app.workspace import find_workspace
    from vespera_core.errors import NoWorkspace

    try:
        find_workspace(run.folder)
    except NoWorkspace:
        return False
    except Exception:  # the guard refuses, and says why
        return True
    return True


def _answer(run: Run, data: bytes, role: str | None, *, if_role: bool) -> str | None:
    from vespera_core.app.guard.hook import answer
    from vespera_core.app.workspace import find_workspace

    return answer(data, str(find_workspace(run.folder)), role, lambda: run.ledger, if_role=if_role)


def _blocked(reason: str) -> int:
    from vespera_core.cli import output
    from vespera_core.cli.views.text import clean

    output.write(clean(f"Vespera's guard: {reason}"), sys.stderr)
    return BLOCKED


def _told(error: Exception) -> str:
    from vespera_core.errors import VesperaError

    return f"{error.message} {error.next}".strip() if isinstance(error, VesperaError) else f"{error!r}"


@guard.command("install")
@click.argument("place", type=click.Choice(["claude-code", "pre-commit"]))
@click.option("--role", metavar="ROLE", help="Always this role; else it is asked each time.")
@click.option("--check", is_flag=True, help="Only say how it stands; ends with 1 where it is not installed like this.")
@click.option("--remove", "--uninstall", is_flag=True, help="Take it out, and leave everything else.")
@options.common
@click.pass_context
def install(context: click.Context, place: str, role: str | None, check: bool, remove: bool) -> None:
    """Install the guard: in the settings of Claude Code, or as git's pre-commit hook. What is there stays."""
    from vespera_core.app.guard import installing
    from vespera_core.app.workspace import find_workspace
    from vespera_core.cli.views import guard as view

    if check and remove:
        raise click.UsageError("Either look with --check, or --remove it.", ctx=context)
    run: Run = context.obj
    root = find_workspace(run.folder).parent.resolve()
    if remove:
        answer = installing.remove(place, root)
    else:
        answer = installing.look(place, root, role) if check else installing.install(place, root, role)
    run.show(answer, view.stands)
    context.exit(1 if check and answer.state != "installed" else 0)
