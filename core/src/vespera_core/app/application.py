"""The application: a workspace opened. The public Python API hangs from `Vespera`."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

from vespera_core.app.builtins import BUILTINS
from vespera_core.app.config import FILE, Settings, load_settings, provider_settings, write_config
from vespera_core.app.kernel import Kernel
from vespera_core.app.workspace import FOLDER, find_workspace, make_folder, prefix_for
from vespera_core.model.basics import check_id
from vespera_core.plugins.manager import Plugins
from vespera_core.ports.access import Caller
from vespera_core.ports.capabilities import DURABLE
from vespera_core.ports.provider import OpenContext, Provider

if TYPE_CHECKING:
    from types import TracebackType

    from vespera_core.app.approvals.namespace import Approvals
    from vespera_core.app.graph.namespace import GraphQuestions
    from vespera_core.app.guard.namespace import GuardQuestions
    from vespera_core.app.namespaces import Projects, Tasks
    from vespera_core.app.policy.namespace import Access
    from vespera_core.app.roles.namespace import Roles
    from vespera_core.app.runs.namespace import Runs
    from vespera_core.app.search.namespace import Search
    from vespera_core.ports.storage import Storage


def system_clock() -> int:
    """The present moment in microseconds since the epoch, UTC."""
    return time.time_ns() // 1000


def login_name() -> str:
    """The name to act under where none is given: ``VESPERA_ACTOR``, or the login name."""
    if name := os.environ.get("VESPERA_ACTOR"):
        return name
    for variable in ("LOGNAME", "USER", "USERNAME"):
        if name := os.environ.get(variable):
            return name
    try:
        import pwd

        return pwd.getpwuid(os.getuid()).pw_name
    except (ImportError, KeyError):  # no such file of names here, or no name for this number
        return f"uid-{os.getuid()}" if hasattr(os, "getuid") else "somebody"


class Vespera:
    """A workspace, open. Close it, or use it in a ``with`` block; every method may be called from any thread.

    >>> with Vespera.open("path/to/project") as ledger:  # doctest: +SKIP
    ...     task = ledger.tasks.create_task("Write the tutorial", priority="high")
    ...     ledger.tasks.ready().tasks
    """

    def __init__(self, kernel: Kernel, caller: Caller, folder: Path | None = None) -> None:
        self.kernel = kernel
        self.caller = caller
        self.folder = folder

    @classmethod
    def open(
        cls,
        path: str | os.PathLike[str] | None = None,
        *,
        actor: str | None = None,
        role: str | None = None,
        origin: str = "python",
        storage: str | None = None,
        project: str | None = None,
        vectors: str | None = None,
        graph: str | None = None,
        embedder: str | None = None,
        clock: Callable[[], int] = system_clock,
    ) -> Self:
        """Open the workspace of the folder `path`, or the one found upwards from here.

        `actor` is who acts (by default the login name), and `role` the role that it works in (by default that of
        ``VESPERA_ROLE``, or none, and then it may do everything). The names of a project and of providers override
        the configuration. Raises NoWorkspace, ConfigError, PluginFault or StoreFault.
        """
        folder = find_workspace(path)
        settings = load_settings(folder).with_options(
            storage=storage, project=project, vectors=vectors, graph=graph, embedder=embedder
        )
        role = role or os.environ.get("VESPERA_ROLE") or None
        caller = Caller(actor=actor or login_name(), origin=origin, role=role, trace=_trace())
        return cls(open_kernel(settings, folder, clock), caller, folder)

    @classmethod
    def in_memory(
        cls, *, actor: str | None = None, project: str = "mem", clock: Callable[[], int] = system_clock
    ) -> Self:
        """A ledger that lives in this process's memory alone, with one project."""
        kernel = open_kernel(Settings(storage="memory", project=project), None, clock)
        return cls(kernel, Caller(actor=actor or login_name()))

    def call(self, operation: str, request: Any, *, idempotency_key: str | None = None) -> Any:
        """Perform an operation of the table by name; see `vespera_core.app.requests` for what each one takes."""
        return self.kernel.run(operation, request, self.caller, idempotency_key)

    def acting_as(self, actor: str, role: str | None = None) -> Vespera:
        """The same open workspace, for somebody else, who works in this role or in none."""
        from dataclasses import replace

        return Vespera(self.kernel, replace(self.caller, actor=actor, role=role), self.folder)

    @property
    def tasks(self) -> Tasks:
        """Everything that is done with tasks."""
        from vespera_core.app.namespaces import Tasks

        return Tasks(self)

    @property
    def projects(self) -> Projects:
        """Everything that is done with projects."""
        from vespera_core.app.namespaces import Projects

        return Projects(self)

    @property
    def search(self) -> Search:
        """What is found by words and by meaning."""
        from vespera_core.app.search.namespace import Search

        return Search(self)

    @property
    def graph(self) -> GraphQuestions:
        """What tasks hang on, what a change costs, and when the work will be done."""
        from vespera_core.app.graph.namespace import GraphQuestions

        return GraphQuestions(self)

    @property
    def guard(self) -> GuardQuestions:
        """What a role may do, asked where work happens."""
        from vespera_core.app.guard.namespace import GuardQuestions

        return GuardQuestions(self)

    @property
    def access(self) -> Access:
        """Who may do what."""
        from vespera_core.app.policy.namespace import Access

        return Access(self)

    @property
    def runs(self) -> Runs:
        """Work on claimed tasks: started, watched, retried and recorded."""
        from vespera_core.app.runs.namespace import Runs

        return Runs(self)

    @property
    def approvals(self) -> Approvals:
        """What waits for a person's word."""
        from vespera_core.app.approvals.namespace import Approvals

        return Approvals(self)

    @property
    def roles(self) -> Roles:
        """Which roles there are, which fits a task, and giving tasks to them."""
        from vespera_core.app.roles.namespace import Roles

        return Roles(self)

    def close(self) -> None:
        """Let go of the store; closing twice is fine."""
        self.kernel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


def _trace() -> str | None:
    """The trace that this process was told to belong to, as W3C Trace Context names it."""
    told = os.environ.get("TRACEPARENT")
    if told is None:
        return None
    from vespera_core.app.observing import trace_of

    return trace_of(told)


def load_plugins(settings: Settings, *, rescan: bool = False) -> Plugins:
    """The plugins that the settings let in, with those that they require."""
    plugins = Plugins.load(builtins=BUILTINS, allow=settings.allow, block=settings.block, rescan=rescan)
    if settings.required:
        plugins.require(settings.required)
    return plugins


def open_kernel(settings: Settings, folder: Path | None, clock: Callable[[], int]) -> Kernel:
    """Plugins, the configured store and the operations, put together."""
    plugins = load_plugins(settings)
    provider = select_storage(plugins, settings)
    storage = provider.open(provider_settings(provider, settings), OpenContext(folder, clock))
    try:
        kernel = Kernel(plugins, storage, clock, settings.project, settings, folder)
        _ensure_project(kernel, provider)
    except BaseException:
        storage.close()
        raise
    return kernel


def select_storage(plugins: Plugins, settings: Settings) -> Provider[Storage]:
    """The store that the settings name; raises PluginFault with the package to install where it is missing."""
    from vespera_core.plugins.registry import Registry

    provider: Provider[Storage] = Registry(plugins).select("storage", settings.storage)
    return provider


def _ensure_project(kernel: Kernel, provider: Provider[Storage]) -> None:
    """A store that starts empty each time gets its project each time."""
    if DURABLE not in provider.capabilities and kernel.default_project is not None:
        make_project(kernel, kernel.default_project, Caller(actor="vespera"))


def make_project(kernel: Kernel, project_id: str, caller: Caller) -> bool:
    """Make a project unless it is there; answers whether it was made."""
    from vespera_core.app.requests import CreateProject

    with kernel.storage.read() as reader:
        if reader.project(project_id) is not None:
            return False
    kernel.run("project.create", CreateProject(project_id=project_id), caller)
    return True


def init_workspace(
    parent: Path,
    *,
    prefix: str | None,
    actor: str | None,
    storage: str | None = None,
    clock: Callable[[], int] = system_clock,
) -> tuple[Path, str, bool]:
    """Make a workspace in a folder, or leave alone the one there: its folder, its project, whether it is new."""
    project = check_id("prefix", prefix or prefix_for(parent.absolute()))
    fresh = not (parent / FOLDER / FILE).exists()
    settings = load_settings(parent / FOLDER).with_options(storage=storage)
    if settings.project is None or fresh:
        settings = settings.with_options(project=project)
    provider = select_storage(load_plugins(settings), settings)  # before anything is made: it may be missing
    folder = make_folder(parent)
    provider.create(provider_settings(provider, settings), OpenContext(folder, clock))
    kernel = open_kernel(settings, folder, clock)
    try:
        made = make_project(kernel, str(settings.project), Caller(actor=actor or login_name(), origin="cli"))
    finally:
        kernel.close()
    if fresh:
        write_config(folder, f'[vespera]\nstorage = "{settings.storage}"\nproject = "{settings.project}"\n')
    return folder, str(settings.project), made
