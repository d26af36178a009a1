"""Actors that take turns by a seed, in virtual time: the same seed gives the same story.

An actor runs until it says `step`; then chance decides who goes on, who is killed where it
stands, and who stalls while the clock runs. Nothing happens in between.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from greenlet import greenlet  # type: ignore[import-untyped]  # ships no types

BEGIN = dt.datetime(2026, 11, 29, 14, tzinfo=dt.UTC)


class Killed(BaseException):
    """SIGKILL: no handler may do anything of consequence after it."""


@dataclass(slots=True)
class Actor:
    """One process. Its work calls `step` wherever it could be interrupted."""

    name: str
    scheduler: Scheduler
    mortal: bool = False
    dead: bool = False
    wakes_at: float = 0.0
    thread: greenlet = field(default_factory=greenlet)

    def step(self) -> None:
        """Somebody else's turn, perhaps; raises Killed where this process ends."""
        if not self.dead:
            self.scheduler.main.switch()
        if self.dead:
            raise Killed

    def wait(self, seconds: float) -> None:
        """Sleeps in virtual time."""
        self.wakes_at = self.scheduler.now + seconds
        self.step()


@dataclass(slots=True)
class Scheduler:
    """Whose turn it is. `kill` and `stall` are chances at each step of a mortal actor."""

    chance: random.Random
    kill: float = 0.0
    stall: float = 0.0
    now: float = 0.0
    kills: int = 0
    turns: int = 0
    actors: list[Actor] = field(default_factory=list)
    main: greenlet = field(default_factory=greenlet.getcurrent)

    def clock(self) -> dt.datetime:
        return BEGIN + dt.timedelta(seconds=self.now)

    def start(self, name: str, work: Callable[[Actor], None], *, mortal: bool = False) -> Actor:
        """A new process, which begins at its first turn."""
        actor = Actor(name=name, scheduler=self, mortal=mortal)
        actor.thread = greenlet(lambda: self._live(actor, work), parent=self.main)
        self.actors.append(actor)
        return actor

    def run(self) -> None:
        """Until every actor has ended."""
        while living := [one for one in self.actors if not one.thread.dead]:
            ready = [one for one in living if one.wakes_at <= self.now]
            if not ready:
                self.now = min(one.wakes_at for one in living)
                continue
            actor = self.chance.choice(ready)
            self.now += self.chance.random() * 0.2
            if actor.mortal and self.chance.random() < self.kill:
                actor.dead = True
                self.kills += 1
            elif actor.mortal and self.chance.random() < self.stall:
                actor.wakes_at = self.now + self.chance.choice((5, 120, 1200, 4000))
                continue
            self.turns += 1
            actor.thread.switch()

    def _live(self, actor: Actor, work: Callable[[Actor], None]) -> None:
        try:
            actor.step()
            work(actor)
        except Killed:
            pass
        finally:
            actor.dead = True
