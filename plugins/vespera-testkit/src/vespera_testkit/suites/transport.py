"""The suite of transports: what is performed through one is what a direct call performs, refusals and all."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterator, Mapping
from functools import partial
from pathlib import Path
from tempfile import mkdtemp
from typing import Any, ClassVar, Final

import click
import pytest
import tomlkit
from click.testing import CliRunner

from vespera_core.app.application import Vespera
from vespera_core.app.config import FILE, Settings, load_settings, provider_settings
from vespera_core.app.workspace import FOLDER
from vespera_core.cli.root import TABLE
from vespera_core.ports.access import LOCAL_ORIGINS
from vespera_core.ports.operation import resolve
from vespera_core.ports.transport import Transport
from vespera_testkit.conformance import Conformance
from vespera_testkit.offers import installed
from vespera_testkit.world.callers import JUDGED, WHO, WRONG, code_of, make_called, samples_of
from vespera_testkit.world.furnishing import contents

Client = Callable[[str, Mapping[str, Any], str, str | None], tuple[bool, Any] | None]
"""Asks for an operation, by its name, with an input as JSON, as an actor and in a role, over the transport.

Answers whether it was performed, with the answer or with the code of the error; None where the transport has no way to
say this: an operation that it does not reach, or an input that cannot be written down for it.
"""

DENIED: Final = "permission_denied"
MAIN: Final = "import sys; from vespera_core.cli.main import main; sys.exit(main())"
TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
"""What the name of a header is made of."""


class TransportConformance(Conformance):
    """What every transport keeps. With a fixture `client`, what is asked for over it is compared with direct calls.

    >>> class TestAcme(TransportConformance):  # doctest: +SKIP
    ...     provider = "acme"
    ...     elsewhere = {"system.repair": "it is for whoever has the workspace's files in hand"}
    ...
    ...     @pytest.fixture
    ...     def client(self, workspace):
    ...         with serving(workspace) as server:
    ...             yield server.ask
    """

    kind: ClassVar[str] = "transport"

    elsewhere: ClassVar[Mapping[str, str]] = {}
    """Operations that are not reached over it, and why."""

    @pytest.fixture
    def workspace(self, vespera_template: Path, vespera_scratch: Path) -> Path:
        """A furnished workspace, with principals and roles to call as: see `vespera_testkit.world.callers`."""
        return make_called(vespera_template, Path(mkdtemp(dir=vespera_scratch)) / "work")

    @pytest.fixture
    def client(self, workspace: Path) -> Client | None:
        """Override it with what asks over the transport; whoever calls as an actor has proved that."""
        return None

    @pytest.fixture
    def ask(self, client: Client | None) -> Client:
        """The client; without one, rules that need it are skipped."""
        if client is None:
            pytest.skip("the suite has no fixture 'client'")
        return client

    @pytest.fixture
    def ledger(self, workspace: Path) -> Iterator[Vespera]:
        """The same workspace, for direct calls."""
        with Vespera.open(workspace, actor="ann") as opened:
            yield opened

    @pytest.fixture
    def transport(self) -> Transport:
        """The descriptor."""
        found: Transport = self.offer().item
        return found

    # ------------------------------------------------------------ the descriptor

    def test_its_name_is_nobody_elses(self, transport: Transport) -> None:
        """It is the `origin` of what comes through it; some origins are trusted as whoever has the files in hand.

        If this fails: callers over the network would be taken for somebody who sits at the machine.
        """
        assert transport.name not in LOCAL_ORIGINS
        assert re.fullmatch(r"[a-z][a-z0-9_-]*", transport.name)

    def test_its_command_tells_what_it_does(self, transport: Transport) -> None:
        """``module:attribute`` names a click command with help, under a name that no command of the core has."""
        command = resolve(transport.command)
        assert isinstance(command, click.Command)
        assert command.name
        assert command.name not in TABLE
        told = CliRunner().invoke(command, ["--help"])
        assert told.exit_code == 0, told.output
        assert command.get_short_help_str()

    def test_its_command_is_found_by_its_name(self, transport: Transport, tmp_path: Path) -> None:
        """``vespera NAME --help`` answers, in a folder without a workspace too."""
        clean = {name: value for name, value in os.environ.items() if not name.startswith("VESPERA_")}
        name = str(resolve(transport.command).name)
        done = subprocess.run(  # noqa: S603 - our own command
            [sys.executable, "-c", MAIN, name, "--help"], cwd=tmp_path, env=clean, capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        assert name in done.stdout

    def test_its_settings_can_be_written_down(self, transport: Transport, workspace: Path) -> None:
        """Every default, written into the configuration as it stands, means what it meant before."""
        assert json.loads(json.dumps(dict(transport.settings), allow_nan=False)) == transport.settings
        file = workspace / FOLDER / FILE
        document = tomllib.loads(file.read_text(encoding="utf-8"))
        document["transport"] = {transport.name: dict(transport.settings)}
        file.write_text(tomlkit.dumps(document), encoding="utf-8")
        found = provider_settings(transport, load_settings(workspace / FOLDER), "transport")
        assert found == provider_settings(transport, Settings(), "transport") == transport.settings

    def test_it_is_mounted_at_a_path_of_its_own(self, transport: Transport) -> None:
        """One that another server may carry says where, and what answers there; header names are such."""
        mount = transport.mount
        if mount is None:
            return
        others = [one[3] for one in installed().offers("transport") if one[3].name != transport.name]
        assert re.fullmatch(r"(/[A-Za-z0-9._~-]+)+", mount.path), mount.path
        assert mount.path not in [one.mount.path for one in others if one.mount is not None]
        assert callable(resolve(mount.app))
        assert [name for name in (*mount.takes, *mount.shows) if not TOKEN.fullmatch(name)] == []

    def test_what_is_elsewhere_has_a_reason(self, ledger: Vespera) -> None:
        """Each operation that is not reached over it exists, and there are words on why."""
        assert set(self.elsewhere) <= set(ledger.kernel.operations)
        assert all(reason.strip() for reason in self.elsewhere.values())

    # ------------------------------------------------------------ what is asked over it

    def test_every_operation_is_reached(self, ask: Client, ledger: Vespera) -> None:
        """Whatever is in the table, those of plugins too; asked by one who may do nothing, it is refused as directly.

        If this fails: an operation that plugins bring needs a way of its own, by its name.
        """
        direct = partial(code_of, ledger, actor="idle", role=None, origin=self.offer().item.name)
        for name, operation in ledger.kernel.operations.items():
            told = [(asked, ask(*asked, "idle", None)) for asked in samples_of(name, resolve(operation.input))]
            said = [(asked, one) for asked, one in told if one is not None]
            if name in self.elsewhere:
                assert [asked for asked, one in said if refusal(one) == direct(asked)] == [], f"{name} is reached"
                continue
            assert said, f"{name} is not reached: say in 'elsewhere' why"
            for asked, one in said:
                assert refusal(one) == direct(asked), asked

    def test_what_is_wrong_is_told_by_the_same_code(self, ask: Client, ledger: Vespera) -> None:
        """Programs tell errors apart by their codes, wherever they come from; and bad input changes nothing."""
        assert ask("task.get", {"task_id": "t-02"}, "owner", None) is not None
        before = contents(ledger)
        for asked in WRONG:
            expected = code_of(ledger, asked, "owner", None, self.offer().item.name)
            said = None if asked.operation in self.elsewhere else ask(*asked, "owner", None)
            assert expected is not None, asked
            if said is not None:
                assert refusal(said) == expected, asked
        assert contents(ledger) == before

    @pytest.mark.parametrize(("actor", "role"), WHO)
    def test_whoever_asks_may_do_what_a_direct_call_lets_them(
        self, ask: Client, ledger: Vespera, actor: str, role: str | None
    ) -> None:
        """What the core refuses is not done, whatever that is called here; and what it lets through is.

        If this fails: the caller's name or role is lost on the way, or the transport has rules of its own.
        """
        for asked in JUDGED:
            if asked.operation in self.elsewhere:
                continue
            expected = code_of(ledger, asked, actor, role, self.offer().item.name)
            said = ask(*asked, actor, role)
            assert said is not None, asked
            assert said[0] == (expected is None), (asked, said)
            if expected not in (None, DENIED):
                assert refusal(said) == expected, asked

    def test_what_it_does_bears_its_name(self, ask: Client, ledger: Vespera) -> None:
        """Each event says who did it, and through what."""
        said = ask("task.comment", {"task_id": "t-02", "text": "From afar."}, "writer", None)
        assert said is not None
        assert said[0], said
        event = ledger.tasks.history("t-02").events[0]
        assert (event.actor, event.origin) == ("writer", self.offer().item.name)


def refusal(said: tuple[bool, Any]) -> str | None:
    """The code of an error; None where there is none."""
    done, answer = said
    return None if done else str(answer)
