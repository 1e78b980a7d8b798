"""Pairs of a coalition and its complement, sampled without replacement by leverage and spread evenly."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from itertools import combinations
from math import comb

import numpy as np
from numpy.typing import NDArray

from pellucid.core.rng import generator

__all__ = ["Pairs", "all_pairs", "pairs_with_singles", "sampled_pairs"]

#: of so many coalitions of the right size the one that adds most is taken
CANDIDATES = 16
#: comparisons of single players that choosing one coalition may take; with many players there are fewer candidates
COMPARISONS = 2_000_000
#: sizes with at most so many coalitions are shuffled whole, larger ones drawn from
LISTED = 5_000


@dataclass(frozen=True, eq=False)
class Pairs:
    """Sampled pairs, each given by its smaller coalition.

    Parameters
    ----------
    members : (pairs, players) who is in; of two halves the one with player 0.
    weight : (pairs,) Shapley kernel ``(p − 1) / (C(p, s) s (p − s))`` over the probability of being sampled.
    missed : (pairs,) part of all coalitions of that size which was not sampled.
    """

    members: NDArray[np.bool_]
    weight: NDArray[np.float64]
    missed: NDArray[np.float64]


def all_pairs(players: int) -> int:
    """How many pairs there are, the empty coalition and its complement apart."""
    return int(2 ** (players - 1) - 1)


def sampled_pairs(players: int, pairs: int, seed: int) -> Pairs:
    """The first ``pairs`` of one endless sequence for each seed, so that a larger sample contains every smaller one.

    A coalition's leverage score is ``1 / C(p, s)``: every size has the same total, and so gets the same number of
    pairs, half of it where s = p/2 counts each pair twice, until its coalitions run out (Musco & Witter, theorem 1.1
    and section 3). Within a size each next coalition is the one, out of a few random ones, that is least like all
    earlier ones or their complements: the first p − 1 are those farthest from the span of 1 and all before, so that p
    pairs tell the effects of p players apart, the others have the least ``Σ_i (σ·σ_i)⁴``, for signs σ. The rule knows
    no player from another, so every coalition of a size is as likely as any other.

    Parameters
    ----------
    players : at least 2.
    pairs : at most :func:`all_pairs`.
    """
    return _weighed(_sequence(players, pairs, seed))


def pairs_with_singles(players: int, pairs: int, seed: int) -> Pairs:
    """Every player alone, and then the first of the larger coalitions of :func:`sampled_pairs`: nested, as they are.

    Parameters
    ----------
    players : at least 3.
    pairs : from ``players`` to :func:`all_pairs`.
    """
    drawn = _sequence(players, min(pairs + players, all_pairs(players)), seed)
    larger = drawn[drawn.sum(axis=1) > 1]
    return _weighed(np.concatenate([np.eye(players, dtype=np.bool_), larger[: pairs - players]]))


def _weighed(members: NDArray[np.bool_]) -> Pairs:
    players, size = members.shape[1], members.sum(axis=1)
    drawn = np.bincount(size, minlength=players + 1)[size]
    existing = np.array([_existing(players, s) for s in range(players // 2 + 1)], dtype=np.float64)[size]
    halves = np.where(2 * size == players, 0.5, 1.0)
    weight = (players - 1) * halves / (size * (players - size) * drawn)
    return Pairs(members, weight, 1 - drawn / existing)


def _existing(players: int, size: int) -> int:
    return comb(players, size) // (2 if 2 * size == players else 1)


def _sizes(players: int, pairs: int) -> list[int]:
    """Size of each pair in turn: the one that has least of its share so far; more pairs never take one away."""
    sizes = np.arange(1, players // 2 + 1)
    share = np.where(2 * sizes == players, 0.5, 1.0)
    existing = np.array([_existing(players, int(s)) for s in sizes], dtype=np.float64)
    drawn = np.zeros(len(sizes))
    chosen = []
    for _ in range(pairs):
        least = int(np.argmin(np.where(drawn < existing, (drawn + 1) / share, np.inf)))
        drawn[least] += 1
        chosen.append(least + 1)
    return chosen


@lru_cache(maxsize=8)
def _sequence(players: int, pairs: int, seed: int) -> NDArray[np.bool_]:
    """(pairs, players); kept, since a stream asks for the same sample chunk after chunk."""
    signs = np.empty((pairs, players))
    span = np.full((1, players), players**-0.5)
    supplies: dict[int, _Supply] = {}
    for number, size in enumerate(_sizes(players, pairs)):
        if size not in supplies:
            supplies[size] = _Supply(players, size, seed)
        supply = supplies[size]
        candidates = supply.peek(_candidates(players, number))
        against = span if number < players - 1 else signs[:number]
        power = 2 if number < players - 1 else 4
        likeness = ((candidates @ against.T) ** power).sum(axis=1)
        signs[number] = supply.take(int(np.argmin(likeness)))
        if number < players - 1:
            span = _widened(span, signs[number])
    members = signs > 0
    members.flags.writeable = False
    return members


def _widened(span: NDArray[np.float64], row: NDArray[np.float64]) -> NDArray[np.float64]:
    """An orthonormal basis with one row more, unless that is in its span already."""
    outside = row - (span @ row) @ span
    length = np.linalg.norm(outside)
    return np.vstack([span, outside / length]) if length > 1e-9 else span


def _candidates(players: int, earlier: int) -> int:
    return max(1, min(CANDIDATES, COMPARISONS // (players * max(1, earlier))))


class _Supply:
    """Coalitions of one size in random order, none twice."""

    def __init__(self, players: int, size: int, seed: int) -> None:
        self._players, self._size = players, size
        self._rng = generator(seed, "KernelSHAP", f"coalitions of {size}")
        self._signs = np.empty((0, players))
        self._waiting: list[int] = []
        self._seen: set[bytes] = set()
        self._listed = _existing(players, size) <= LISTED
        if self._listed:
            self._put(self._rng.permutation(self._every()))

    def peek(self, most: int) -> NDArray[np.float64]:
        """(candidates, players) signs of the next few."""
        while len(self._waiting) < most and not self._listed:
            order = self._rng.random((2 * CANDIDATES, self._players)).argsort(axis=1)
            self._put(self._unseen(self._oriented(order < self._size)))
        return self._signs[self._waiting[:most]]

    def take(self, which: int) -> NDArray[np.float64]:
        """Remove one of them."""
        return np.asarray(self._signs[self._waiting.pop(which)])

    def _put(self, members: NDArray[np.bool_]) -> None:
        """Keep nothing of those that were taken."""
        self._signs = np.concatenate([self._signs[self._waiting], np.where(members, 1.0, -1.0)])
        self._waiting = list(range(len(self._signs)))

    def _unseen(self, members: NDArray[np.bool_]) -> NDArray[np.bool_]:
        new = []
        for number, row in enumerate(members):
            key = row.tobytes()
            if key not in self._seen:
                self._seen.add(key)
                new.append(number)
        return members[new]

    def _every(self) -> NDArray[np.bool_]:
        chosen = np.array(list(combinations(range(self._players), self._size)))
        members = np.zeros((len(chosen), self._players), dtype=np.bool_)
        members[np.arange(len(chosen))[:, np.newaxis], chosen] = True
        return members[members[:, 0]] if 2 * self._size == self._players else members

    def _oriented(self, members: NDArray[np.bool_]) -> NDArray[np.bool_]:
        """Of two halves the one with player 0."""
        if 2 * self._size != self._players:
            return members
        return members ^ ~members[:, :1]
