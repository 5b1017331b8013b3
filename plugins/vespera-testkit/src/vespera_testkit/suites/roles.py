"""The suite of role templates: every file is a role that can be used, and tasks are kept to it."""

from __future__ import annotations

import shutil
from collections import Counter
from collections.abc import Iterator
from difflib import get_close_matches
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, ClassVar, Final

import pytest

from vespera_core.app.application import Vespera
from vespera_core.app.config import set_value
from vespera_core.app.roles.inheriting import resolve
from vespera_core.app.roles.reading import read_folder
from vespera_core.app.workspace import FOLDER
from vespera_core.errors import ApprovalNeeded, AssignmentRefused, CapacityReached, PermissionDenied, PluginFault
from vespera_core.model.role import CAPABILITIES, RoleDefinition
from vespera_core.model.task import Task
from vespera_testkit.conformance import Conformance
from vespera_testkit.offers import Offer, loaded
from vespera_testkit.world.clock import START, FakeClock

HOOK: Final = "vespera_role_templates"
MANY: Final = 12
"""As many places of a role are filled; of one with more, it is not known here what happens then."""
ASKED_FOR: Final[dict[str, Any]] = {
    "description": "What it is about.", "acceptance_criteria": "It works.", "estimate_minutes": 30,
    "due_at": START + 10**12, "assignee": "ann", "tags": ("one",),
}  # fmt: skip
"""What a role may ask a task to have, but for a parent."""


class RoleTemplateConformance(Conformance):
    """What every set of role templates keeps. `provider` is the set's name, as `roles.set` has it.

    >>> class TestAcme(RoleTemplateConformance):  # doctest: +SKIP
    ...     provider = "acme"
    """

    kind: ClassVar[str] = "roles"

    @classmethod
    def offer(cls) -> Offer:
        """Who offers the set. Raises PluginFault with what is on offer where nobody does."""
        assert cls.provider, f"{cls.__name__} names no set: write provider = '...'."
        sets = loaded().collect(HOOK)
        for plugin, item in sets:
            if item.name == cls.provider:
                status = loaded().status(plugin)
                return Offer(plugin, status.distribution, status.version, item)
        names = ", ".join(item.name for _, item in sets)
        raise PluginFault(f"role set '{cls.provider}' is not offered by any plugin; on offer: {names or 'nothing'}.")

    @pytest.fixture
    def workspace(self, vespera_template: Path, vespera_scratch: Path) -> Iterator[Path]:
        """A workspace that stands on the set."""
        folder = Path(mkdtemp(dir=vespera_scratch)) / "work"
        shutil.copytree(vespera_template, folder)
        set_value(folder / FOLDER, "roles.set", self.provider)
        yield folder
        shutil.rmtree(folder.parent)

    @pytest.fixture
    def ledger(self, workspace: Path) -> Iterator[Vespera]:
        """The workspace, open for a person."""
        with Vespera.open(workspace, actor="ann", clock=FakeClock()) as opened:
            yield opened

    @pytest.fixture
    def roles(self, ledger: Vespera) -> tuple[RoleDefinition, ...]:
        """The roles of the set, with all that they inherit."""
        return ledger.roles.list().roles

    # ------------------------------------------------------------ the files

    def test_every_file_is_read(self) -> None:
        """Each role file passes the core's own checks, and there is at least one.

        If this fails: each problem names file, line and field; `vespera role validate --file F` checks one by one.
        """
        drafts, problems = read_folder(self.offer().item.folder, self.provider)
        assert [one.text for one in problems] == []
        assert drafts, "the folder of the set holds no role file (.yaml): was it left out of the wheel?"

    def test_names_are_unique(self) -> None:
        """No role is defined twice."""
        drafts, _ = read_folder(self.offer().item.folder, self.provider)
        assert [name for name, count in Counter(one.name for one in drafts).items() if count > 1] == []

    def test_inheritance_ends(self) -> None:
        """Every role that is extended is in the set, and no role extends itself, not even in a circle."""
        drafts, _ = read_folder(self.offer().item.folder, self.provider)
        found = resolve(drafts, [], {})
        assert [one.text for one in found.problems] == []
        assert set(found.roles) == {one.name for one in drafts}

    def test_capabilities_are_not_misspelt(self, roles: tuple[RoleDefinition, ...]) -> None:
        """Any plain word is a capability; one that is nearly one of those that ship fits no task that asks for that."""
        for role in roles:
            for word in set(role.capabilities) - set(CAPABILITIES):
                assert get_close_matches(word, CAPABILITIES, n=1, cutoff=0.85) == [], f"{role.name}: {word}"

    # ------------------------------------------------------------ the set in a workspace

    def test_the_set_can_be_chosen(self, ledger: Vespera) -> None:
        """With `roles.set` it is in force, and every role of it can be used."""
        answer = ledger.roles.list()
        drafts, _ = read_folder(self.offer().item.folder, self.provider)
        assert (answer.in_force, answer.chosen, answer.problems) == (True, self.provider, ())
        assert {one.name for one in answer.roles} == {one.name for one in drafts}
        assert ledger.roles.validate().problems == ()

    def test_every_role_is_shown(self, ledger: Vespera, roles: tuple[RoleDefinition, ...]) -> None:
        """As it is listed, and with words on what it is for."""
        for role in roles:
            assert ledger.roles.get(role.name) == role
            assert role.description.strip() or role.instructions.strip(), f"{role.name} says nothing of itself"

    def test_the_set_is_the_same_when_it_is_read_again(
        self, workspace: Path, ledger: Vespera, roles: tuple[RoleDefinition, ...]
    ) -> None:
        """Another opening, which may use what the first one kept, finds the same roles."""
        with Vespera.open(workspace, actor="bob", clock=FakeClock()) as again:
            assert again.roles.list() == ledger.roles.list()

    def test_a_project_may_change_every_role(self, workspace: Path, roles: tuple[RoleDefinition, ...]) -> None:
        """A role file of the project extends the template of its name, changes one thing and keeps the rest."""
        (own := workspace / FOLDER / "roles").mkdir()
        for role in roles:
            text = f"name: {role.name}\nextends: [{role.name}]\nmax_concurrent_tasks: 77\n"
            (own / f"{role.name}.yaml").write_text(text, encoding="utf-8")
        with Vespera.open(workspace, actor="ann", clock=FakeClock()) as ledger:
            answer = ledger.roles.list()
        assert answer.problems == ()
        assert [one.max_concurrent_tasks for one in answer.roles] == [77] * len(roles)
        assert [one.instructions for one in answer.roles] == [one.instructions for one in roles]

    # ------------------------------------------------------------ tasks in the roles

    def test_every_role_takes_a_task_that_fits(self, ledger: Vespera, roles: tuple[RoleDefinition, ...]) -> None:
        """One that has all that the role asks for is assigned without an objection, and claimed by its worker."""
        for role in roles:
            task = fitting(ledger, role)
            assert ledger.roles.check(task.task_id, role.name).violations == (), role.name
            assert ledger.roles.assign(task.task_id, role.name).task.role == role.name
            if not held_back(role):
                held = ledger.acting_as("worker", role.name).tasks.claim(task.task_id).task
                assert held is not None
                assert (held.role, held.lease_owner) == (role.name, "worker")

    def test_every_role_is_kept_to_its_types(self, ledger: Vespera, roles: tuple[RoleDefinition, ...]) -> None:
        """A task of another type is not given to it, and a worker of it does not get one."""
        for role in roles:
            if role.task_types is None:
                continue
            task = ledger.tasks.create_task("Of another type", type="unheard_of", parent_id=None, **ASKED_FOR)
            with pytest.raises(AssignmentRefused):
                ledger.roles.assign(task.task_id, role.name)
            with pytest.raises(AssignmentRefused):
                ledger.acting_as("worker", role.name).tasks.claim(task.task_id)

    def test_every_role_is_kept_to_its_limit(self, ledger: Vespera, roles: tuple[RoleDefinition, ...]) -> None:
        """Workers hold as many of its tasks as it allows, and not one more."""
        for role in roles:
            limit = role.max_concurrent_tasks
            if limit is None or limit > MANY or held_back(role):
                continue
            worker = ledger.acting_as("worker", role.name)
            tasks = [fitting(ledger, role, given=True) for _ in range(limit + 1)]
            for task in tasks[:limit]:
                worker.tasks.claim(task.task_id)
            with pytest.raises(CapacityReached):
                worker.tasks.claim(tasks[limit].task_id)

    def test_every_role_waits_for_the_approval_that_it_asks_for(
        self, ledger: Vespera, roles: tuple[RoleDefinition, ...]
    ) -> None:
        """One whose work needs a person's approval gets no task before that."""
        for role in roles:
            if held_back(role):
                task = fitting(ledger, role, given=True)
                with pytest.raises(ApprovalNeeded):
                    ledger.acting_as("worker", role.name).tasks.claim(task.task_id)

    def test_no_role_passes_over_its_own_rules(self, ledger: Vespera, roles: tuple[RoleDefinition, ...]) -> None:
        """Only a person forces an assignment, and the work of another role is not a worker's to take."""
        others = {role.name: fitting(ledger, role, given=True) for role in roles}
        for role in roles:
            worker = ledger.acting_as("worker", role.name)
            with pytest.raises(PermissionDenied):
                worker.roles.assign(others[role.name].task_id, role.name, force=True)
            for name in others.keys() - {role.name}:
                with pytest.raises((AssignmentRefused, PermissionDenied)):
                    worker.tasks.claim(others[name].task_id)


def fitting(ledger: Vespera, role: RoleDefinition, *, given: bool = False) -> Task:
    """A new task that has all that a role asks for; `given` to it already, or not."""
    above = ledger.tasks.create_task("What it belongs to").task_id if "parent" in role.validation else None
    kind = role.task_types[0] if role.task_types else "task"
    return ledger.tasks.create_task(
        f"For {role.name}", type=kind, parent_id=above, role=role.name if given else None,
        metadata={"requires": list(role.capabilities)}, **ASKED_FOR,
    )  # fmt: skip


def held_back(role: RoleDefinition) -> bool:
    """Whether a person approves of its work before it begins."""
    return "execution" in role.restrictions.require_approval
