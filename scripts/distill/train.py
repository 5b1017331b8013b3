"""The student: one vector per token, added up. It learns the teacher's vectors, and what the teacher finds alike.

Three things are asked of it at once: to point where the teacher points (1 - cosine), to find the same texts of a batch
alike (cross entropy of the two tables of likeness), and to find a body by its title among the bodies of a batch.
"""

from __future__ import annotations

import math
import sys
from collections.abc import Callable, Iterator
from typing import TypeAlias

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn import functional

from vespera_core.model.record import record

Matrix = NDArray[np.float32]
Bags: TypeAlias = list[list[int]]


@record(frozen=True, slots=True)
class Plan:
    """What a training run is given beside its texts."""

    seed: int = 7
    epochs: int = 5
    batch: int = 256
    fewer: int = 128  # pairs of a batch: their bodies are long
    rate: float = 0.003
    last: float = 0.02  # the share of the rate that is left at the end
    likeness: float = 0.05  # what the second task counts beside the first; more of it spoils both
    heat: float = 0.05
    pairs: float = 0.03  # what the third task counts
    rarity: float = 1e-3


@record(frozen=True, slots=True)
class Lesson:
    """Texts with the vectors that the teacher gave them, and pairs of texts that belong together."""

    bags: Bags
    targets: Matrix
    questions: Bags
    answers: Bags


def first_table(tokens: Matrix, bags: Bags, rarity: float) -> Matrix:
    """The teacher's vector of each token alone, weighed by how rare the token is."""
    counts = np.bincount(np.concatenate([np.array(bag, np.int64) for bag in bags]), minlength=len(tokens)) + 1.0
    weights = rarity / (rarity + counts / counts.sum())
    units = tokens / np.linalg.norm(tokens, axis=1, keepdims=True)
    table: Matrix = (units * weights[:, None]).astype(np.float32)
    return table


def trained(table: Matrix, lesson: Lesson, plan: Plan, say: Callable[[str], object] = sys.stderr.write) -> Matrix:
    """The table after all epochs; the rate falls along half a cosine."""
    source = np.random.default_rng(plan.seed)
    torch.manual_seed(plan.seed)
    weights = torch.nn.Parameter(torch.from_numpy(table.copy()))
    optimizer = torch.optim.Adam([weights], lr=plan.rate, betas=(0.9, 0.99), fused=True)
    steps = plan.epochs * (len(lesson.bags) // plan.batch)
    done = 0
    for epoch in range(plan.epochs):
        total = 0.0
        for loss in _epoch(weights, lesson, plan, source):
            for group in optimizer.param_groups:
                group["lr"] = plan.rate * (plan.last + (1 - plan.last) * (1 + math.cos(math.pi * done / steps)) / 2)
            optimizer.zero_grad()
            loss.backward()  # type: ignore[no-untyped-call]
            optimizer.step()
            done += 1
            total += float(loss.detach())
        say(f"epoch {epoch + 1}: loss {total / (steps // plan.epochs):.4f}\n")
    final: Matrix = weights.detach().numpy()
    return final


def _epoch(weights: torch.Tensor, lesson: Lesson, plan: Plan, source: np.random.Generator) -> Iterator[torch.Tensor]:
    """The loss of each batch."""
    order = source.permutation(len(lesson.bags))
    pairs = source.permutation(len(lesson.questions))
    for number in range(len(order) // plan.batch):
        chosen = order[number * plan.batch : (number + 1) * plan.batch]
        mine = _units(weights, [lesson.bags[one] for one in chosen])
        loss = _imitation(mine, torch.from_numpy(lesson.targets[chosen]), plan)
        if plan.pairs:
            both = pairs.take(range(number * plan.fewer, (number + 1) * plan.fewer), mode="wrap")
            questions = _units(weights, [lesson.questions[one] for one in both])
            loss = loss + plan.pairs * _matching(questions, _units(weights, [lesson.answers[one] for one in both]))
        yield loss


def _units(weights: torch.Tensor, bags: Bags) -> torch.Tensor:
    lengths = np.array([0, *(len(bag) for bag in bags[:-1])])
    flat = torch.from_numpy(np.concatenate([np.array(bag, np.int64) for bag in bags]))
    offsets = torch.from_numpy(np.cumsum(lengths))
    return functional.normalize(functional.embedding_bag(flat, weights, offsets, mode="sum"))


def _imitation(mine: torch.Tensor, theirs: torch.Tensor, plan: Plan) -> torch.Tensor:
    """How far the student's vectors, and their likeness to each other, are from the teacher's."""
    apart = 1 - (mine * theirs).sum(1).mean()
    itself = torch.eye(len(mine), dtype=torch.bool)
    wanted = (theirs @ theirs.T / plan.heat).masked_fill(itself, -1e9).softmax(1)
    found = (mine @ mine.T / plan.heat).masked_fill(itself, -1e9).log_softmax(1)
    return apart + plan.likeness * functional.kl_div(found, wanted, reduction="batchmean")


def _matching(questions: torch.Tensor, answers: torch.Tensor) -> torch.Tensor:
    """How hard it is to find the answer of each question among all, and the other way round."""
    table = questions @ answers.T / 0.05
    right = torch.arange(len(questions))
    return (functional.cross_entropy(table, right) + functional.cross_entropy(table.T, right)) / 2
