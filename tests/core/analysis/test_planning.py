"""Waves, list scheduling, forecasts and the back-test: against a plain simulator, bounds, and known spreads."""

from __future__ import annotations

from math import exp
from random import Random

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from vespera_core.analysis.arrays import Ints
from vespera_core.analysis.backtest import backtest
from vespera_core.analysis.draws import spread_of
from vespera_core.analysis.durations import durations_of
from vespera_core.analysis.flow import Flow, flow_of
from vespera_core.analysis.forecast import forecast
from vespera_core.analysis.listing import Crew, Plan, crew, list_schedule, roles_of, urgency
from vespera_core.analysis.network import Network
from vespera_core.analysis.sampling import critical_counts, simulate
from vespera_core.analysis.timing import floors
from vespera_core.analysis.waves import waves
from vespera_core.errors import InvalidInput
from vespera_core.model.basics import Micros
from vespera_core.model.graph import GraphNode, Structure

from .graphs import DAY, MINUTE, NOW, dosed, line, network, node, shuffled, structures, wild_structures
from .naive import Plain

teams = st.tuples(st.integers(1, 4), st.sampled_from(({}, {"dev": 1}, {"dev": 2, "qa": 1})))


def planned(
    net: Network, agents: int | None, capacities: dict[str, int], *, floored: bool = False
) -> tuple[Flow, Crew, Ints, list[str | None], Plan]:
    flow, team = flow_of(net), crew(agents, capacities)
    weights = flow.weights(durations_of(net).minutes)
    roles, floor = roles_of(net, flow, team), floors(net, flow, NOW) if floored else None
    return flow, team, weights, roles, list_schedule(flow, weights, urgency(net, flow, weights), team, roles, floor)


@given(structures(), teams)
@dosed
def test_list_scheduling_is_that_of_a_plain_simulator(given_: Structure, team: tuple[int, dict[str, int]]) -> None:
    *_, plan = planned(Network(given_), *team)
    assert plan.makespan == Plain(given_).makespan(*team)


@given(structures(), teams, st.booleans())
@dosed
def test_plans_keep_order_agents_and_roles(given_: Structure, team: tuple[int, dict[str, int]], floored: bool) -> None:
    net = Network(given_)
    flow, _, weights, roles, plan = planned(net, *team, floored=floored)
    assert sorted(plan.order) == list(range(len(flow)))
    for at, row in enumerate(flow.before.lists):
        assert all(plan.finish[one] <= plan.start[at] for one in row)
        assert plan.finish[at] == plan.start[at] + weights[at]
    for minute in set(plan.start):
        busy = [at for at in range(len(flow)) if plan.start[at] <= minute < plan.finish[at]]
        assert len(busy) <= team[0]
        for role, most in team[1].items():
            assert sum(roles[at] == role for at in busy) <= most


@given(structures(), teams, st.booleans())
@dosed
def test_sampled_runs_of_certain_work_are_the_plan(
    given_: Structure, team: tuple[int, dict[str, int]], floored: bool
) -> None:
    net = Network(given_)
    flow, crew_, weights, roles, plan = planned(net, *team, floored=floored)
    drawn = np.repeat(weights[:, None], 2, axis=1).astype(np.float64)
    floor = floors(net, flow, NOW) if floored else np.zeros(len(flow), dtype=np.int64)
    runs = simulate(flow, drawn, plan.order, crew_, roles, floor)
    assert runs.start[:, 1].tolist() == list(plan.start)
    assert runs.finish[:, 0].tolist() == list(plan.finish)


@given(structures(), st.integers(1, 4), st.randoms(use_true_random=False))
@dosed
def test_sampled_runs_keep_order_and_agents(given_: Structure, agents: int, random: Random) -> None:
    net = Network(given_)
    flow, team, weights, roles, plan = planned(net, agents, {"dev": 1})
    drawn = np.array([[w * random.uniform(0.2, 4) for _ in range(3)] for w in weights]).reshape(len(flow), 3)
    runs = simulate(flow, drawn, plan.order, team, roles, np.zeros(len(flow), dtype=np.int64))
    for sample in range(3):
        start, finish = runs.start[:, sample], runs.finish[:, sample]
        for at, row in enumerate(flow.before.lists):
            assert all(finish[one] <= start[at] for one in row)
        for moment in start:
            busy = (start <= moment) & (moment < finish)
            assert busy.sum() <= agents
            assert sum(roles[at] == "dev" for at in np.flatnonzero(busy)) <= 1
    counts = critical_counts(runs, plan.order, flow.working, drawn)
    assert (counts <= 3).all()
    if drawn.any():
        for ends in runs.finish.T:
            assert any(counts[at] and drawn[at].any() for at in np.flatnonzero(ends == ends.max()))


# ---------------------------------------------------------------- waves


@given(structures())
@dosed
def test_waves_and_bounds(given_: Structure) -> None:
    plain, found = Plain(given_), waves(Network(given_), max_agents=4)
    working = {one for one in plain.open if not plain.open_kids[one]}
    number = {one: wave.number for wave in found.waves for one in wave.tasks}
    assert set(number) == working
    for one in working:
        waited = {other for other, end in plain.above(one) if end and other in working} - {one}
        assert number[one] == 1 + max((number[other] for other in waited), default=0)
    assert found.work_minutes == sum(map(plain.own, plain.open))
    assert found.critical_minutes == max(plain.earliest().values(), default=0)
    for row in found.by_agents:
        best = max(found.critical_minutes, -(-found.work_minutes // row.agents))
        assert row.lower_bound_minutes == best <= row.makespan_minutes
        assert row.makespan_minutes <= found.work_minutes / row.agents + found.critical_minutes  # Graham's bound
        assert row.makespan_minutes == plain.makespan(row.agents)
    assert found.by_agents[found.best_agents - 1].makespan_minutes * 0.99 <= found.by_agents[-1].makespan_minutes


def test_waves_in_words() -> None:
    nodes = [node("a"), node("b"), node("c"), node("box"), node("d", parent_id="box"), node("e", estimate_minutes=30)]
    found = waves(network(nodes, [("c", "a"), ("c", "b"), ("box", "c")]))
    assert [wave.tasks for wave in found.waves] == [("a", "b", "e"), ("c",), ("d",)]
    assert (found.width, found.work_minutes, found.critical_minutes) == (3, 70, 30)
    assert found.parallelism == 2.3333
    assert [row.makespan_minutes for row in found.by_agents[:3]] == [70, 40, 30]
    assert found.best_agents == 3
    assert waves(Network(Structure(0, (), ()))).best_agents == 1
    assert waves(line(5_000)).best_agents == 1
    with pytest.raises(InvalidInput):
        waves(line(1), max_agents=0)


# ---------------------------------------------------------------- forecast


def past(count: int, factor: float, **values: object) -> list[GraphNode]:
    """Closed tasks estimated at 100 minutes that took about `factor` times as long, ten minutes apart."""
    random = Random(7)
    found = []
    for at in range(count):
        start = NOW - (count - at) * DAY
        took = round(100 * factor * exp(0.3 * random.gauss(0, 1)) * MINUTE)
        times = {"created_at": Micros(start - DAY), "started_at": Micros(start), "closed_at": Micros(start + took)}
        found.append(node(f"old{at:03d}", status="completed", estimate_minutes=100, **times, **values))
    return found


@given(structures(), st.none() | st.integers(1, 3))
@dosed
def test_forecasts_are_the_same_whatever_the_order(given_: Structure, agents: int | None) -> None:
    ask = {"agents": agents, "samples": 50, "seed": 3, "max_agents": 3, "capacities": {"dev": 1}}
    found = forecast(Network(given_), NOW, **ask)
    assert found == forecast(Network(shuffled(given_)), NOW, **ask)
    minutes = [one.minutes for one in found.quantiles]
    assert minutes == sorted(minutes)
    assert all(0 < one.share <= 1 for one in found.criticality)
    open_work = {n.task_id for n in given_.nodes if n.open}
    assert {one.task_id for one in found.criticality} <= open_work
    if found.work_minutes:
        assert max(one.share for one in found.criticality) > 0


@given(wild_structures())
@dosed
def test_forecasts_answer_whatever_comes(given_: Structure) -> None:
    forecast(Network(given_), NOW, "p", agents=2, samples=20, max_agents=2)


def test_the_median_of_one_task_is_its_estimate() -> None:
    found = forecast(network([node("a", estimate_minutes=1000)]), NOW, samples=20_000)
    p50, p80, p95 = (one.minutes for one in found.quantiles)
    assert p50 == pytest.approx(1000, rel=0.03)
    assert p80 == pytest.approx(1000 * exp(0.8416 * 0.5), rel=0.03)
    assert p95 == pytest.approx(1000 * exp(1.6449 * 0.5), rel=0.03)
    assert (found.spread_source, found.spread_sigma, found.bias) == ("default", 0.5, 1.0)
    assert found.quantiles[0].at == NOW + p50 * MINUTE


def test_spread_and_bias_come_from_history() -> None:
    net = network([*past(60, 2.0), node("a", estimate_minutes=1000)])
    spread = spread_of(net, "p", 24.0)
    assert (spread.source, spread.samples) == ("history", 60)
    assert spread.sigma == pytest.approx(0.3, abs=0.06)
    assert spread.bias == pytest.approx(2.0, rel=0.15)
    assert forecast(net, NOW, samples=5_000).quantiles[0].minutes == pytest.approx(1000 * spread.bias, rel=0.03)
    assert spread_of(network(past(9, 2.0)), "p", 24.0).source == "default"


def test_tasks_without_estimate_take_what_others_took() -> None:
    net = network([*past(30, 1.0), node("a", estimate_minutes=None)])
    assert 80 < forecast(net, NOW, samples=2_000).quantiles[0].minutes < 125


def test_seeds_agents_hours_and_roles_matter() -> None:
    net = network([node(f"t{at}", role="dev") for at in range(12)])
    assert forecast(net, NOW, seed=1, samples=99) == forecast(net, NOW, seed=1, samples=99)
    assert forecast(net, NOW, seed=1, samples=99).quantiles != forecast(net, NOW, seed=2, samples=99).quantiles
    found = forecast(net, NOW, agents=3, hours_per_day=8)
    minutes = [one.p80_minutes for one in found.by_agents]
    assert minutes == sorted(minutes, reverse=True)
    assert found.by_agents[2].p80_minutes == found.quantiles[1].minutes
    assert found.quantiles[0].at == NOW + 3 * found.quantiles[0].minutes * MINUTE
    one_dev = forecast(net, NOW, agents=3, capacities={"dev": 1})
    assert one_dev.quantiles[1].minutes == forecast(net, NOW, agents=1).quantiles[1].minutes
    unbound = forecast(net, NOW, agents=None)
    assert unbound.quantiles == forecast(net, NOW, agents=12).quantiles


def test_the_only_chain_is_always_critical() -> None:
    nodes = [node(one, estimate_minutes=100) for one in "abc"] + [node("side", estimate_minutes=1)]
    found = forecast(network(nodes, [("b", "a"), ("c", "b")]), NOW, agents=4)
    assert {one.task_id: one.share for one in found.criticality} == {"a": 1.0, "b": 1.0, "c": 1.0}
    serial = forecast(network(nodes, [("b", "a"), ("c", "b")]), NOW, agents=1)
    assert {one.share for one in serial.criticality} == {1.0}


@pytest.mark.parametrize(
    "wrong",
    [{"agents": 0}, {"samples": 0}, {"seed": -1}, {"hours_per_day": 0}, {"hours_per_day": 25}, {"capacities": {"x": 0}},
     {"max_agents": 0}, {"agents": True}],
)  # fmt: skip
def test_numbers_out_of_range(wrong: dict[str, object]) -> None:
    with pytest.raises(InvalidInput):
        forecast(line(2), NOW, **wrong)  # type: ignore[arg-type]


def test_nothing_and_milestones_end_now() -> None:
    for net in (Network(Structure(0, (), ())), network([node("a", estimate_minutes=0)])):
        found = forecast(net, NOW)
        assert [(one.minutes, one.at) for one in found.quantiles] == [(0, NOW)] * 3
        assert found.criticality == ()


# ---------------------------------------------------------------- back-test


def test_too_little_history_is_said() -> None:
    found = backtest(network(past(3, 1.0)))
    assert found.reason == "not enough history: 3 closed tasks with start times, 10 needed"
    assert found.calibration_error is None
    assert backtest(Network(Structure(0, (), ()))).reason is not None


def steady(factor: float) -> Network:
    """Forty tasks made on one day, done one after the other without a pause, each `factor` times its estimate."""
    random, at, found = Random(5), NOW - 60 * DAY, []
    for number in range(40):
        took = round(factor * 300 * exp(0.4 * random.gauss(0, 1))) * MINUTE
        times = {"created_at": Micros(NOW - 61 * DAY), "started_at": Micros(at), "closed_at": Micros(at + took)}
        found.append(node(f"t{number:02d}", status="completed", estimate_minutes=300, **times))
        at += took
    return network(found)


def test_the_back_test_tells_good_forecasts_from_hopeful_ones() -> None:
    good, hopeful = backtest(steady(1.0), agents=1), backtest(steady(1.0), agents=4)
    assert good.reason is None
    assert len(good.cuts) == 9
    assert good.bias_ratio == pytest.approx(1.0, abs=0.3)
    assert hopeful.bias_ratio is not None
    assert hopeful.bias_ratio > 2
    assert hopeful.calibration_error is not None
    assert good.calibration_error is not None
    assert hopeful.calibration_error > good.calibration_error
    assert [one.observed for one in hopeful.coverage] == [0.0, 0.0, 0.0]
    assert all(one.agents == 1 for one in backtest(steady(1.0)).cuts)
    assert good == backtest(steady(1.0), agents=1)


def test_a_cut_knows_nothing_of_what_came_later() -> None:
    """Later work takes ten times as long: forecasts from before cannot know."""
    net = steady(1.0)
    first = backtest(net, agents=1, cuts=3).cuts[0]
    late = [n._replace(estimate_minutes=n.estimate_minutes, started_at=Micros(n.closed_at - MINUTE))
            if n.closed_at > first.at else n for n in net.nodes]  # fmt: skip
    again = backtest(network(late), agents=1, cuts=3).cuts[0]
    assert (again.p50_minutes, again.tasks) == (first.p50_minutes, first.tasks)


def test_back_tests_refuse_numbers_out_of_range() -> None:
    for wrong in ({"cuts": 0}, {"samples": 0}, {"agents": 0}, {"hours_per_day": -1}):
        with pytest.raises(InvalidInput):
            backtest(steady(1.0), **wrong)  # type: ignore[arg-type]
