"""Every hook of Vespera, in one file.

All hooks are synchronous and called with keyword arguments. A hook whose name is a plural noun collects: every plugin
may return one item, an iterable of items, or None for "nothing from me". A hook whose name is a verb is an act.
Parameters may be added later with defaults; an implementation names only those that it uses.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

import pluggy

if TYPE_CHECKING:
    import click

    from vespera_core.model.event import Event
    from vespera_core.model.task import Task
    from vespera_core.ports.access import AccessRequest, Verdict
    from vespera_core.ports.change import Change
    from vespera_core.ports.embedder import Embedder
    from vespera_core.ports.executor import Executor
    from vespera_core.ports.format import Format
    from vespera_core.ports.graph import Graph
    from vespera_core.ports.identity import Credentials, Identity
    from vespera_core.ports.keys import Cipher, Key, KeyProvider
    from vespera_core.ports.observer import Observer
    from vespera_core.ports.operation import Operation
    from vespera_core.ports.projection import Projection
    from vespera_core.ports.provider import Provider
    from vespera_core.ports.roles import Assignment, RoleTemplates
    from vespera_core.ports.service import Ledger, ServiceProvider
    from vespera_core.ports.storage import Reader, Storage
    from vespera_core.ports.transport import Transport
    from vespera_core.ports.vectors import VectorIndex

PROJECT_NAME = "vespera"

hookspec = pluggy.HookspecMarker(PROJECT_NAME)
hookimpl = pluggy.HookimplMarker(PROJECT_NAME)

# ---------------------------------------------------------------- backends


@hookspec
def vespera_storages() -> Provider[Storage] | Iterable[Provider[Storage]] | None:
    """Offer primary stores.

    Called once, when an application opens and the configuration names a store. Return descriptors; import the engine
    only in their `open`.
    None: this plugin offers no store.
    Raising: the plugin's status becomes ``failed``; the application opens if another plugin offers the named store.
    Used by: vespera-sql (``sqlite``) and the core's built-ins (``memory``).
    """


@hookspec
def vespera_embedders() -> Provider[Embedder] | Iterable[Provider[Embedder]] | None:
    """Offer embedding models.

    Called once, when a text is first to be embedded. Return descriptors; load the model only in their `open`, from
    files that are installed already: a provider never downloads.
    None: this plugin offers no model.
    Raising: the plugin's status becomes ``failed``; search goes on by words alone and says so, unless another plugin
    offers the named model.
    Used by: vespera-static (``static``) and vespera-sentence-transformers (``sentence-transformers``).
    """


@hookspec
def vespera_vector_indexes() -> Provider[VectorIndex] | Iterable[Provider[VectorIndex]] | None:
    """Offer vector indexes.

    Called once, when something is first sought by its meaning. Return descriptors; import the engine only in their
    `open`. An index that keeps files is a `Projection` too, and is fed by the core.
    None: this plugin offers no index.
    Raising: the plugin's status becomes ``failed``; the exact index of the core answers instead.
    Used by: vespera-chroma (``chroma``), the core's built-ins (``exact``) and the example plugin usearch.
    """


@hookspec
def vespera_graphs() -> Provider[Graph] | Iterable[Provider[Graph]] | None:
    """Offer graph back ends.

    Called once, when the graph is first asked. Return descriptors; import the engine only in their `open`. A back end
    that keeps files is a `Projection` too, and is fed by the core.
    None: this plugin offers no graph.
    Raising: the plugin's status becomes ``failed``; the in-process graph of the core answers instead.
    Used by: vespera-kuzu (``kuzu``) and the core's built-ins (``memory``).
    """


@hookspec
def vespera_projections() -> Provider[Projection] | Iterable[Provider[Projection]] | None:
    """Offer projections of another kind: copies of the tasks in any shape, which the core keeps in step.

    Called once in each process that hosts services, when they start. Every projection offered is kept, in a folder of
    its own inside the workspace.
    None: this plugin offers no projection.
    Raising: the plugin's status becomes ``failed``; the other projections go on.
    Used by: the example plugin hello (``hello.names``).
    """


@hookspec
def vespera_services() -> ServiceProvider | Iterable[ServiceProvider] | None:
    """Offer background services.

    Called once in each process that hosts services, when they start, and when services are listed.
    None: this plugin offers no service.
    Raising: the plugin's status becomes ``failed``; the other services go on.
    Used by: the core's built-ins (all services that ship) and vespera-api (``webhooks``).
    """


@hookspec
def vespera_executors() -> Provider[Executor] | Iterable[Provider[Executor]] | None:
    """Offer executors: ways to run the work on a claimed task.

    Called once, when a run is first to be started. Return descriptors; whatever `open` returns may be used by several
    runs at once.
    None: this plugin offers no executor.
    Raising: the plugin's status becomes ``failed``; executors of other plugins remain.
    Used by: the core's built-ins (``command``, ``manual``).
    """


@hookspec
def vespera_formats() -> Format | Iterable[Format] | None:
    """Offer interchange formats for import and export.

    Called once, when a format is first asked for by name.
    None: this plugin offers no format.
    Raising: the plugin's status becomes ``failed``; formats of other plugins remain.
    Used by: the core's built-ins (``jsonl``, ``beads``, ``taskmaster``, ``backlog``).
    """


@hookspec
def vespera_transports() -> Transport | Iterable[Transport] | None:
    """Offer transports: ways in for programs that do not share the process, each with the command that serves it.

    Called once in each run of `vespera`, and only when the command typed is not one that ships or help is asked for;
    in other processes when a server starts that carries others, or once a call comes in from an origin that the core
    does not know. A transport performs operations through the core's one bridge. One with a `mount` may be carried by
    the server of another, at a path of its own, behind that server's gate and within its limits.
    None: this plugin offers no transport.
    Raising: the plugin's status becomes ``failed``; its command is absent, and the other transports go on. So it is
    where what it mounts cannot be made: its path answers 503, and the server that carries it goes on.
    Used by: vespera-api (``rest``, with the command ``vespera serve``, which carries the others), vespera-mcp (``mcp``,
    with the command ``vespera mcp``, mounted at ``/mcp``).
    """


@hookspec
def vespera_observers(ledger: Ledger) -> Observer | Iterable[Observer] | None:
    """Offer observers: who is told of every operation, of every batch that an index takes, of services and of runs.

    Called once in each process that lives long (`serve`, `services run`, `worker`), before it does anything; short
    commands are not observed. Observers time, count and trace; they change nothing.
    None: this plugin observes nothing.
    Raising: the plugin's status becomes ``failed``; the other observers go on.
    Used by: vespera-api (traces by OTLP, where an address for them is set).
    """


# ---------------------------------------------------------------- secrets


@hookspec
def vespera_key_providers() -> Provider[KeyProvider] | Iterable[Provider[KeyProvider]] | None:
    """Offer places where keys are kept: a file, the environment, a key ring of the system, a service of a cloud.

    Called once, when a key is first needed. The setting `vespera.keys` chooses by name, else it is ``file``.
    None: this plugin offers no such place.
    Raising: the plugin's status becomes ``failed``; without the chosen provider nothing is encrypted, decrypted or
    signed, and whoever asks for it is told so.
    Used by: vespera-security (``file``, ``environment`` and ``keyring``).
    """


@hookspec(firstresult=True)
def vespera_cipher(keys: tuple[Key, ...]) -> Cipher | None:
    """Make what encrypts and decrypts with these keys, newest first.

    Called once for each set of keys, outside any transaction. The first answer counts; plugins that were installed
    later are asked first.
    None: this plugin encrypts nothing. Where none does, secrets are refused: they are never stored in clear.
    Raising: the plugin's status becomes ``failed``, and the next plugin is asked.
    Used by: vespera-security (Fernet, with as many keys as there are).
    """


# ---------------------------------------------------------------- what the system can do


@hookspec
def vespera_operations() -> Operation | Iterable[Operation] | None:
    """Offer operations: entries of the one table that the CLI, REST and MCP project.

    Called once, when an application opens. Each operation declares its action; one without an action stops the start.
    None: this plugin offers no operation.
    Raising: the plugin's status becomes ``failed``; its operations are absent.
    Used by: the core's built-ins (all operations that ship), vespera-api (``webhook.*``), vespera-security (``token.*``
    and ``plugin.*``) and the example plugin hello (``hello.greet``).
    """


@hookspec(firstresult=True)
def vespera_task_document(task: Task) -> str | None:
    """Say which text stands for a task when meanings are compared, beside its title.

    Called once for each version of a task that is to be embedded, outside any transaction. The first answer counts;
    plugins that were installed later are asked first.
    None: no opinion; the core's own text is the title, description, acceptance criteria, notes and tags.
    Raising: the plugin's status becomes ``failed``, and the core's own text is taken.
    Used by: the core's built-ins and the example plugin hello.
    """


@hookspec
def vespera_register_commands(cli: click.Group) -> None:
    """Add commands to the command line.

    Called once in each run of `vespera`, and only when the command typed is not one that ships or help is asked for,
    so that plugins cost the common commands nothing. `cli` is the root group.
    None: the only return value; add with ``cli.add_command``.
    Raising: the plugin's status becomes ``failed``, its commands are absent, and a warning names it.
    Used by: vespera-security (``vespera token`` and ``vespera registration``) and the example plugin hello
    (``vespera hello``).
    """


# ---------------------------------------------------------------- roles


@hookspec
def vespera_role_templates() -> RoleTemplates | Iterable[RoleTemplates] | None:
    """Offer sets of role templates: folders of role files, each under a name.

    Called once, when roles are first needed. The files of the chosen set are read and checked as a project's own are;
    the setting `roles.set` chooses, else it is ``enhanced``.
    None: this plugin offers no set.
    Raising: the plugin's status becomes ``failed``; sets of other plugins and the project's own roles remain.
    Used by: vespera-roles (``default`` and ``enhanced``) and the example plugin writers.
    """


@hookspec
def vespera_check_assignment(assignment: Assignment) -> str | Iterable[str] | None:
    """Object to a task's being given to a role, in words that reach the caller.

    Called before every assignment through ``role assign``, and when one is checked, outside any transaction; again
    where the task changed meanwhile. One objection refuses the assignment, unless a person forces it. Claims do not
    ask: they are decided within a transaction, by the rules of the ledger alone.
    None: no objection.
    Raising: counts as an objection that names the plugin.
    Used by: vespera-roles (testers and reviewers do not take the work that they are to judge).
    """


# ---------------------------------------------------------------- policy


@hookspec(firstresult=True)
def vespera_authenticate(credentials: Credentials, ledger: Ledger) -> Identity | None:
    """Say whom credentials prove.

    Called before each call that comes through a transport with credentials, outside any transaction, and again while a
    connection stays open. The first answer counts. It says who calls and nothing of what may be done.
    None: these credentials are none of this plugin's.
    Raising: `Unauthenticated` refuses them with its message; any other exception refuses them too, and is logged with
    the plugin's name, since whom a check cannot tell must not come in.
    Used by: vespera-security (personal tokens, and signed tokens of plugins).
    """


@hookspec
def vespera_authorize(request: AccessRequest) -> Verdict | None:
    """Judge whether an actor may perform an action.

    Called before every operation, outside any transaction that writes. All verdicts are collected: one denial is enough
    to refuse, and without any allowance the operation is refused as well.
    None: no opinion.
    Raising: counts as a denial that names the plugin, since a policy that cannot decide must not let anything pass.
    Used by: the core's built-ins (whoever has the workspace's files in their hands) and the example plugin hello.
    """


@hookspec
def vespera_before_write(change: Change, snapshot: Reader) -> None:
    """Veto a write before it begins.

    Called before the transaction of every write with what the caller asks for and a read-only snapshot. If a task that
    was looked at through `change` has another version once the transaction runs, the hook is called again, up to three
    times in all, and then the caller gets a conflict. No plugin code runs inside the transaction.
    None: the only return value: no objection.
    Raising: `ChangeRejected` vetoes the write with its message; any other exception vetoes it too, naming the plugin.
    Used by: the example plugin hello (titles that say TODO).
    """


# ---------------------------------------------------------------- what happened


@hookspec
def vespera_handle_event(event: Event, ledger: Ledger) -> None:
    """Hear of what happened: every line of the log, in order, after its commit and outside any transaction.

    Called once for each event, in one of the processes that host services (`services run`, `serve`); again where that
    process ends before it has noted how far the plugin is, so events may come twice, and none is left out. A plugin
    that is new hears of what comes from then on. Each plugin goes its own pace, as the service ``events-NAME``.
    None: the only return value: the event is taken.
    Raising: the event comes again, up to five times in all, after pauses that grow; then it is parked for this plugin,
    which hears of the next. Health is degraded until `vespera doctor --repair` has parked events tried again and they
    are taken. Other plugins are not held up.
    Used by: the example plugin notify (a command of the user's on ``task.completed``).
    """
