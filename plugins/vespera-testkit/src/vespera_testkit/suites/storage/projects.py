"""The contract of projects."""

from __future__ import annotations

from typing import Any

from vespera_core.model.basics import Micros
from vespera_core.model.project import Project
from vespera_core.model.query import TaskQuery
from vespera_testkit.world.bench import Bench
from vespera_testkit.world.tasks import new_task


class ProjectRules:
    """Projects in, the same projects out."""

    def test_projects_come_back(self, bench: Bench) -> None:
        """Every field of a project is read as it was written; projects come by id, and unknown ids are left out."""
        full = Project(
            "web",
            "Wéb 🦔",
            "d\n",
            "archived",
            {"statuses": {"triage": "held"}},
            {"k": [None]},
            Micros(1),
            "c",
            Micros(2),
            3,
        )
        bench.write(lambda unit: unit.put_project(full))
        with bench.reader() as reader:
            assert reader.project("web") == full
            assert reader.projects(["web", "none", "p"]) == [full, Project("p", "p")]
            assert [one.project_id for one in reader.projects()] == ["p", "q", "r", "web"]
            assert reader.projects([]) == []
            assert reader.project("none") is None

    def test_a_project_is_written_over(self, bench: Bench) -> None:
        """Writing a project again replaces it, and its tasks stay."""
        bench.add(new_task("t"))
        bench.write(lambda unit: unit.put_project(Project("p", "new", version=2)))
        with bench.reader() as reader:
            assert reader.project("p") == Project("p", "new", version=2)
            assert reader.select(TaskQuery(ready_at=Micros(1), projects=("p",))).total == 1
            assert len(reader.projects()) == 3

    def test_a_unit_sees_its_own_project(self, bench: Bench) -> None:
        """Within a unit a project is as the unit wrote it."""

        def work(unit: Any) -> tuple[Any, Any]:
            before = unit.project("p")
            unit.put_project(Project("p", "inside", version=2))
            return before, unit.project("p")

        assert bench.write(work) == (Project("p", "p"), Project("p", "inside", version=2))
