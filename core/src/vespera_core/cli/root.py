"""The root command: a table of what ships, from which only the command that was typed is imported."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from importlib import import_module
from typing import Any, Final

import click

from vespera_core.cli.options import common
from vespera_core.cli.session import Run

Entry = tuple[str, str, str]
"""Section of the help, ``module:attribute`` in `commands`, one-line help."""

_EVERYDAY, _ROUTE, _SHAPE, _LOOK, _STORE, _SETUP = (
    "Work", "Status", "Structure", "Looking", "Files and care", "Setting up",
)  # fmt: skip

TABLE: Final[dict[str, Entry]] = {
    "create": (_EVERYDAY, "creating:create", "Make a task, or with --stdin many in one transaction."),
    "ready": (_EVERYDAY, "ready:ready", "What can be worked on now, the most urgent first."),
    "next": (_EVERYDAY, "ready:next_", "The first ready task, without claiming it."),
    "claim": (_EVERYDAY, "claiming:claim", "Hold a task, or the most urgent ready one."),
    "heartbeat": (_EVERYDAY, "claiming:heartbeat", "Renew the lease of a held task."),
    "checkpoint": (_EVERYDAY, "claiming:checkpoint", "Keep where the work stands, for whoever goes on."),
    "release": (_EVERYDAY, "claiming:release", "Give a held task back to the queue."),
    "prime": (_EVERYDAY, "prime:prime", "What an agent needs to know as it starts, in few tokens."),
    "complete": (_EVERYDAY, "completing:complete", "Complete tasks; says what that unblocked."),
    "update": (_ROUTE, "updating:update", "Give tasks new values."),
    "start": (_ROUTE, "updating:start", "Set tasks in progress, without a lease."),
    "reopen": (_ROUTE, "moving:reopen", "Bring closed or held tasks back to pending."),
    "cancel": (_ROUTE, "moving:cancel", "Give tasks up: they block nothing any more."),
    "defer": (_ROUTE, "moving:defer", "Put tasks off until a moment."),
    "block": (_ROUTE, "moving:block", "Hold tasks by hand, with a reason."),
    "evidence": (_ROUTE, "evidence:evidence", "What speaks for a task being done: add, list."),
    "approval": (_ROUTE, "approvals:approval", "What waits for a person's approval: list, approve, reject."),
    "run": (_ROUTE, "runs:run", "Work on a task: start, status, progress, finish, cancel, list, stats."),
    "worker": (_ROUTE, "worker:worker", "Claim ready tasks and run CMD on each."),
    "delete": (_ROUTE, "deleting:delete", "Delete a task; 'restore' brings it back."),
    "restore": (_ROUTE, "deleting:restore", "Bring a deleted task back, with what went with it."),
    "comment": (_ROUTE, "remarks:comment", "Remark on a task."),
    "sensitive": (_ROUTE, "sensitive:sensitive", "Facts of a task that are encrypted at rest: show, set, clear."),
    "label": (_ROUTE, "labels:label", "Add or remove tags."),
    "dep": (_SHAPE, "dependencies:dep", "Dependencies: add, rm, tree, cycles."),
    "link": (_SHAPE, "links:link", "Relate a task to another, without blocking."),
    "unlink": (_SHAPE, "links:unlink", "Remove a relation."),
    "tree": (_SHAPE, "trees:tree", "A task and all below it."),
    "project": (_SHAPE, "projects:project", "Projects: create, list, show, update, archive."),
    "role": (_SHAPE, "roles:role", "Roles: list, show, validate, suitable, assign, workload, history, use."),
    "list": (_LOOK, "listing:list_", "Tasks that fit filters."),
    "show": (_LOOK, "showing:show", "One task with all that belongs to it."),
    "context": (_LOOK, "briefing:context", "All that a worker needs to know of a task, in few tokens."),
    "blocked": (_LOOK, "waiting:blocked", "Tasks that wait, and what for."),
    "search": (_LOOK, "searching:search", "Tasks by what their texts say and mean."),
    "similar": (_LOOK, "likeness:similar", "Tasks like one task."),
    "duplicates": (_LOOK, "likeness:duplicates", "Tasks that may be the same."),
    "cluster": (_LOOK, "likeness:cluster", "Tasks grouped by what they are about."),
    "recommend": (_LOOK, "likeness:recommend", "What to take up next, with reasons."),
    "suggest": (_LOOK, "searching:suggest", "Queries that begin like this."),
    "trends": (_LOOK, "searching:trends", "What tasks are made about more, and less."),
    "feedback": (_LOOK, "searching:feedback", "Say whether an answer was useful."),
    "graph": (_LOOK, "graphs:graph", "The graph: plans, forecasts, what-ifs and pictures."),
    "dashboard": (_LOOK, "dashboards:dashboard", "How a project stands, on one page."),
    "insights": (_LOOK, "dashboards:insights", "What changed, what is at risk, and what to do."),
    "history": (_LOOK, "log:history", "What happened, newest first."),
    "undo": (_LOOK, "log:undo", "Take one event of the history back."),
    "stats": (_LOOK, "care:stats", "Counts of everything."),
    "import": (_STORE, "exchange:import_", "Take in a file or folder of another tool."),
    "export": (_STORE, "exchange:export", "Write everything out."),
    "backup": (_STORE, "care:backup", "Copy the store to a new file, verified."),
    "restore-backup": (_STORE, "restoring:restore_backup", "Put a verified backup in the place of a missing store."),
    "doctor": (_STORE, "care:doctor", "Check the store, the log and what is derived from them."),
    "audit": (_STORE, "audit:audit", "The log as evidence: verify."),
    "services": (_STORE, "services:services", "Background services: run, status, start, stop, restart, configure."),
    "rebuild": (_STORE, "rebuild:rebuild", "Make indexes anew from the store."),
    "stores": (_STORE, "stores:stores", "Which stores hold a task, at which version."),
    "call": (_STORE, "calling:call", "Perform an operation by its name, those of plugins as well."),
    "init": (_SETUP, "setup:init", "Make a workspace here, or in DIR."),
    "config": (_SETUP, "setup:config", "Settings: get, set."),
    "plugins": (_SETUP, "plugins:plugins", "Plugins: list, show, check, trace, new."),
    "principal": (_SETUP, "access:principal", "Principals, those who act here: add, list, show, remove."),
    "member": (_SETUP, "access:member", "Members of projects, and their roles there: add, list, remove."),
    "grant": (_SETUP, "access:grant", "Grants, what principals may do beyond their roles: add, list, remove."),
    "guard": (_SETUP, "guard:guard", "What a role may do: check, diff, hook, install."),
    "keys": (_SETUP, "keys:keys", "Keys that encrypt and sign: status, rotate."),
    "completion": (_SETUP, "setup:completion", "Print the completion script of a shell."),
}
"""Every command that ships, in the order of the help."""

ALIASES: Final = {
    "add": "create", "new": "create", "ls": "list", "view": "show", "get": "show", "done": "complete",
    "close": "complete", "finish": "complete", "edit": "update", "rm": "delete", "remove": "delete",
    "undelete": "restore", "deps": "dep", "dependency": "dep", "dependencies": "dep", "projects": "project",
    "approvals": "approval", "roles": "role", "tag": "label", "labels": "label", "find": "search",
    "log": "history", "status": "stats", "comments": "comment", "note": "comment", "plugin": "plugins",
    "take": "claim", "unclaim": "release", "postpone": "defer", "snooze": "defer", "hold": "block", "abandon": "cancel",
    "completions": "completion",
}  # fmt: skip
"""What users of other tools type, and what it means here."""


class Root(click.Group):
    """Commands by name, alias, or plugin; plugins are only asked where the name is not one of ours."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        self._asked = False

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of this name."""
        entry = TABLE.get(ALIASES.get(cmd_name, cmd_name))
        if entry is not None:
            module, _, attribute = entry[1].partition(":")
            command: click.Command = getattr(import_module(f"vespera_core.cli.commands.{module}"), attribute)
            return command
        self._ask_plugins(ctx)
        return self.commands.get(cmd_name)

    def list_commands(self, ctx: click.Context) -> list[str]:
        """All names, those of plugins last."""
        self._ask_plugins(ctx)
        return [*TABLE, *sorted(self.commands)]

    def resolve_command(
        self, ctx: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        """The command that the first word names; an unknown one is an error with what is spelt like it."""
        command = self.get_command(ctx, args[0])
        if command is None:
            raise _unknown(ctx, args[0], [*TABLE, *ALIASES, *self.commands])
        return command.name, command, args[1:]

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The table, section by section; then the commands of plugins."""
        names = self.list_commands(ctx)
        for section in dict.fromkeys(entry[0] for entry in TABLE.values()):
            rows = [(name, entry[2]) for name, entry in TABLE.items() if entry[0] == section]
            _write_section(formatter, section, rows)
        others = [(name, self.commands[name].get_short_help_str(80)) for name in names if name not in TABLE]
        if others:
            _write_section(formatter, "From plugins", others)

    def _ask_plugins(self, ctx: click.Context) -> None:
        if not self._asked:
            self._asked = True
            from vespera_core.cli.extension import add_commands

            add_commands(self, ctx.ensure_object(Run), TABLE)


def _write_section(formatter: click.HelpFormatter, section: str, rows: Sequence[tuple[str, str]]) -> None:
    with formatter.section(section):
        formatter.write_dl(rows)


def _unknown(ctx: click.Context, word: str, names: list[str]) -> click.UsageError:
    from difflib import get_close_matches

    close = dict.fromkeys(ALIASES.get(name, name) for name in get_close_matches(word, names, n=3))
    hint = f" Did you mean {' or '.join(repr(name) for name in close)}?" if close else ""
    return click.UsageError(f"There is no command {word!r}.{hint}", ctx=ctx)


def _version(ctx: click.Context, _parameter: click.Parameter, value: bool) -> None:
    if value and not ctx.resilient_parsing:
        from vespera_core import __version__

        sys.stdout.write(f"vespera {__version__}\n")
        ctx.exit()


@click.group(cls=Root, invoke_without_command=True, context_settings={"help_option_names": ["-h", "--help"]})
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
@click.option("--project", metavar="ID", help="The project to work in.")
@common
@click.pass_context
def root(ctx: click.Context, project: str | None) -> None:
    """The work ledger for people and AI agents: tasks, enforced dependencies, a ready queue and safe claims.

    The workspace is found from any folder below it. Ids may be shortened to any unique prefix.
    """
    ctx.ensure_object(Run).project = project
    if ctx.invoked_subcommand is None:
        sys.stdout.write(ctx.get_help() + "\n")
