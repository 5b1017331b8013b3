"""T2: what was acknowledged survives SIGKILL at any moment, and nothing is left half-written."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from random import Random

import pytest

from reliability.support.dose import dose, say
from reliability.support.load import Mirror, repeat_unanswered, run_load
from reliability.support.processes import Child
from reliability.support.workspaces import copy_workspace, doctor_faults
from vespera_core.app.application import Vespera

KILLS_PER_STORE = 20
DOCTOR_EVERY = 10


@dataclass
class Campaign:
    """A row of kills on one store, each followed by a full comparison with what had been acknowledged."""

    workspace: Path
    rng: Random
    mirror: Mirror = field(default_factory=Mirror)
    kills: int = 0
    acknowledged: int = 0
    largest_batch: int = 0

    def kill_once(self, *, early: bool = False) -> list[str]:
        """One life of a loaded process; answers what was wrong after its death."""
        seed, known = self.rng.randrange(1 << 30), self._known()
        child = Child(lambda send: run_load(self.workspace, seed, known, send, early=early))
        said = []
        if self.rng.random() < 0.9:  # else the kill may hit the opening, and the recovery of the last one's log
            said += child.expect("open")
        said += child.read_for(self.rng.uniform(0.0, 0.12))
        said += child.kill()
        self.kills += 1
        self.acknowledged += sum(line[0] in ("ack", "comment", "lease", "made") for line in said)
        self.largest_batch = max([self.largest_batch, *(int(line[1]) for line in said if line[0] == "batch")])
        return [f"kill {self.kills} (load seed {seed}): {one}" for one in self._look(said)]

    def _known(self) -> list[str]:
        alive = [one for one, task in self.mirror.tasks.items() if task.deleted_at is None]
        return self.rng.sample(alive, min(30, len(alive)))

    def _look(self, said: list[list[object]]) -> list[str]:
        with Vespera.open(self.workspace, actor="checker") as ledger:
            faults = self.mirror.faults(ledger, said)
            faults += self.mirror.key_faults(self.workspace)
            if self.kills % DOCTOR_EVERY == 0:
                faults += doctor_faults(ledger)
            faults += repeat_unanswered(ledger, self.mirror, said, self.rng)
            return faults + self.mirror.faults(ledger, [])


def test_every_acknowledged_write_survives_the_kill(template: Path, tmp_path: Path, rng: Random) -> None:
    kills = dose(40, 1000)
    campaigns: list[Campaign] = []
    for number in range(kills):
        if number % KILLS_PER_STORE == 0:
            campaigns.append(Campaign(copy_workspace(template, tmp_path / f"store-{number}"), rng))
        assert campaigns[-1].kill_once() == []
    acknowledged = sum(campaign.acknowledged for campaign in campaigns)
    say(f"{kills} kills, {acknowledged} acknowledgements, 0 lost")
    assert acknowledged > 2 * kills, "the load wrote next to nothing, so this run has shown nothing"
    assert max(campaign.largest_batch for campaign in campaigns) > 1, "no commit was ever shared by two works"


def test_the_checker_sees_a_write_acknowledged_too_early(workspace: Path, rng: Random) -> None:
    """The planted bug: the load says "made" before the commit. A checker that finds nothing here is blind."""
    campaign = Campaign(workspace, rng)
    campaign.kill_once()
    found = [fault for _ in range(12) for fault in campaign.kill_once(early=True)]
    assert any("acknowledged and is lost" in fault for fault in found)


@pytest.mark.parametrize("moment", ["opening", "writing"])
def test_a_killed_process_leaves_no_lock(workspace: Path, rng: Random, moment: str) -> None:
    """Whoever comes next writes at once, without waiting for the dead one."""
    for _ in range(dose(5, 50)):
        child = Child(lambda send: run_load(workspace, rng.randrange(1 << 30), [], send))
        if moment == "writing":
            child.expect("made")
        child.kill()
        with Vespera.open(workspace, actor="next") as ledger:
            assert ledger.tasks.create_task("after the kill").version == 1
