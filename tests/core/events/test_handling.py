"""`vespera_handle_event`: order, once where nothing goes wrong, tries, parking, and taking up what was parked."""

from __future__ import annotations

from typing import Any

import pytest

from projecting.site import add
from vespera_core.app.application import Vespera
from vespera_core.app.requests import Nothing
from vespera_core.app.services.cursors import Cursor, Cursors, ParkedEvent
from vespera_core.app.services.events import MOST_PARKED, TRIES
from vespera_core.app.services.health import Health
from vespera_core.app.services.manager import providers
from vespera_core.app.services.requests import Repair
from vespera_core.errors import ConfigError, PluginFault
from vespera_core.ports.storage import Finding

ORIGIN = "plugin 'loud' (loud-plugin 1.0)"


def parked_by(room: Any) -> int:
    """Have ``loud`` fail at a new task until it is parked; answers the place of its event."""
    room.told()
    add(room.ledger, "Bad")
    (place,) = room.log()[-1:]
    room.trouble("fail")
    for _ in range(TRIES - 1):
        with pytest.raises(PluginFault):
            room.told()
    room.told()
    return int(place)


def finding(ledger: Vespera) -> Finding:
    found: list[Finding] = ledger.call("system.doctor", Nothing()).findings
    return next(one for one in found if one.check == "events loud")


def component(ledger: Vespera) -> Any:
    return next(one for one in ledger.call("system.health", Nothing()).components if one.name == "events loud")


def test_a_new_plugin_hears_of_what_comes_and_of_nothing_before(room: Any, ledger: Vespera) -> None:
    add(ledger, "Old")
    before = room.log()[-1]
    assert room.told().done == 0
    assert room.places() == []
    (task_id,) = add(ledger, "New")
    ledger.tasks.update_task(task_id, title="Newer")
    ledger.tasks.complete_task(task_id)
    assert room.told().done == len(room.log(before))
    assert room.places() == room.log(before)
    assert [one["kind"] for one in room.heard()] == ["task.created", "task.updated", "task.completed"]


def test_each_event_comes_once_and_in_order_across_pages_and_runs(room: Any, ledger: Vespera) -> None:
    room.told()
    add(ledger, *(f"T{number}" for number in range(130)))
    report = room.told()
    assert (report.done, report.lag, report.again) == (130, 0, False)
    add(ledger, "One more")
    room.told()
    room.told()
    assert room.places() == room.log(room.log()[0])
    assert component(ledger).status == "healthy"
    assert finding(ledger) == Finding("events loud", "ok", "up to date")


def test_a_plugin_that_nobody_tells_is_said_to_be_behind(room: Any, ledger: Vespera) -> None:
    room.told()
    add(ledger, "One", "Two")
    assert finding(ledger).message == "2 events behind"
    assert component(ledger).figures == {"lag": 2, "parked": 0}


def test_one_that_raises_is_told_again_and_then_goes_on_without(room: Any, ledger: Vespera) -> None:
    room.told()
    (task_id,) = add(ledger, "Bad")
    ledger.tasks.complete_task(task_id)
    bad, good = room.log()[-2:]
    room.trouble("fail")
    for number in range(1, TRIES):
        with pytest.raises(PluginFault) as caught:
            room.told()
        assert caught.value.message == (
            f"{ORIGIN} could not take event {bad} (task.created): OSError: no line to the outside. "
            f"It is told of it again: that was try {number} of 5."
        )
        assert caught.value.next == "Report it to the authors of loud-plugin, or block it with VESPERA_BLOCK=loud."
        facts = caught.value.details
        assert (facts["plugin"], facts["distribution"], facts["version"]) == ("loud", "loud-plugin", "1.0")
    report = room.told()
    assert report.text == f"event {bad} (task.created) is parked for {ORIGIN}: OSError: no line to the outside"
    assert (report.again, report.lag) == (True, 1)
    assert room.told().lag == 0
    assert room.places() == [bad] * TRIES + [good]


def test_what_is_parked_is_shown_until_it_is_taken(room: Any, ledger: Vespera) -> None:
    parked_by(room)
    assert (component(ledger).status, component(ledger).figures["parked"]) == ("degraded", 1)
    assert ORIGIN in component(ledger).reasons[0]
    assert ORIGIN in Health(ledger.kernel, {**Health.defaults}).run(lambda: False).text
    assert finding(ledger).severity == "warning"
    assert finding(ledger).message.endswith("Once it is mended, 'vespera doctor --repair' has it try them again.")
    said = [f"has {ORIGIN} told once more of what it could not take, events parked: 1"]
    assert ledger.call("system.repair", Repair()).repaired == tuple(said)
    room.told()
    assert finding(ledger).severity == "warning", "it failed once more, and stays"
    room.mended()
    ledger.call("system.repair", Repair())
    room.told()
    assert finding(ledger).severity == "ok"
    assert component(ledger).status == "healthy"
    assert ledger.call("system.repair", Repair()).repaired == ()


def test_a_parked_event_is_told_alone_when_it_is_tried_again(room: Any, ledger: Vespera) -> None:
    bad = parked_by(room)
    room.mended()
    add(ledger, "Good")
    room.told()
    ledger.call("system.repair", Repair())
    heard = len(room.heard())
    room.told()
    assert room.places()[heard:] == [bad, room.log()[-1]], "the event of the repair comes after it"


def test_one_that_takes_nothing_is_told_no_more_and_the_log_keeps_it_all(room: Any, ledger: Vespera) -> None:
    room.told()
    cursors = Cursors(ledger.kernel.storage, "loud")
    end = room.log()[-1]
    parked = [ParkedEvent(seq=end, kind="task.created", tries=5, error="no")]
    many = [ParkedEvent(seq=end + 1000 + number, kind="x", tries=5, error="no") for number in range(MOST_PARKED - 1)]
    cursors.move(Cursor(end), *parked, *many)
    add(ledger, "Waits")
    assert finding(ledger).message.startswith(
        f"100 events are parked for {ORIGIN}, the last of them event {end + 1000 + MOST_PARKED - 2} (x): no. Once"
    )
    with pytest.raises(PluginFault, match=r"loud-plugin 1\.0\) could not take 100 events") as caught:
        room.told()
    assert caught.value.next == "Once it is mended, 'vespera doctor --repair' has it try them again."
    assert room.places() == []
    ledger.call("system.repair", Repair())
    room.told()
    assert room.places() == room.log(end - 1)


def test_one_that_would_end_the_process_has_failed(room: Any, ledger: Vespera) -> None:
    room.told()
    add(ledger, "One")
    room.trouble("exit")
    with pytest.raises(PluginFault, match="it tried to end the process with 3"):
        room.told()


def test_one_that_was_away_goes_on_where_it_was(room: Any, ledger: Vespera, monkeypatch: pytest.MonkeyPatch) -> None:
    room.told()
    monkeypatch.setenv("VESPERA_BLOCK", "loud")
    other = room.spaces.open(room.path)
    add(other, "Meanwhile")
    assert [one.name for one in providers(other.kernel) if one.name.startswith("events-")] == ["events-quiet"]
    monkeypatch.delenv("VESPERA_BLOCK")
    room.told()
    assert room.places() == room.log()[-1:]


def test_where_no_plugin_hears_there_is_no_service(room: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("VESPERA_BLOCK", "loud,quiet")
    other = room.spaces.open(room.path)
    assert not [one for one in providers(other.kernel) if one.name.startswith("events-")]
    checks = [one.check for one in other.call("system.doctor", Nothing()).findings]
    assert not [one for one in checks if one.startswith("events ")]


def test_sensitive_metadata_is_not_told(room: Any, ledger: Vespera) -> None:
    room.told()
    (task_id,) = add(ledger, "Secret", metadata={"sensitive": {"pin": "4711-0815"}, "plain": "shown"})
    ledger.tasks.update_task(task_id, metadata={"sensitive": {"pin": "0815-4711"}})
    room.told()
    told = (room.path / "loud.heard").read_text()
    assert len(room.heard()) == 2
    assert "shown" in told
    assert "4711" not in told
    assert "pin" not in told


@pytest.mark.parametrize(
    ("lines", "message", "step"),
    [
        ('folder = "/"\nvoice = 3', "[plugin.loud] has unknown keys: voice.", "It knows: folder, patience."),
        ("folder = 3", "[plugin.loud] folder is of the wrong type: 3.", "Write it as its default is written: ''."),
        ("patience = true", "[plugin.loud] patience is of the wrong type: True.", None),
        ("patience = 2", None, None),
    ],
)
def test_settings_are_checked_against_the_plugin_s_defaults(
    room: Any, lines: str, message: str | None, step: str | None
) -> None:
    (room.path / ".vespera" / "config.toml").write_text(f'[vespera]\nproject = "w"\n[plugin.loud]\n{lines}\n')
    kernel = room.spaces.open(room.path).kernel
    defaults = {"folder": "", "patience": 0.5}
    if message is None:
        assert kernel.plugin_settings("loud", defaults) == {"folder": "", "patience": 2}
        assert kernel.plugin_settings("quiet", defaults) == defaults
        return
    with pytest.raises(ConfigError) as caught:
        kernel.plugin_settings("loud", defaults)
    assert caught.value.message == message
    assert step in (None, caught.value.next)


def test_a_setting_where_a_table_should_be_is_refused(room: Any) -> None:
    (room.path / ".vespera" / "config.toml").write_text('[vespera]\nproject = "w"\n[plugin]\nloud = "x"\n')
    with pytest.raises(ConfigError, match=r"loud under \[plugin\] is no table"):
        room.spaces.open(room.path).kernel.plugin_settings("loud", {})
