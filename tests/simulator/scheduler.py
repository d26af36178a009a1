"""Actors that take turns in virtual time, chosen by a seeded random generator.

The same seed gives the same story. An actor runs until it calls `step`; then the generator decides
who runs next, who is killed at that point, and who stalls while the clock goes on. Nothing is
interrupted in between.
"""

from __future__ import annotations

import datetime as dt
import random
from collections.abc import Callable
from dataclasses import dataclass, field

from greenlet import greenlet  # type: ignore[import-untyped]  # ships no types

START = dt.datetime(2026, 11, 29, 14, tzinfo=dt.UTC)


class Killed(BaseException):
    """SIGKILL: exception handlers must not do anything that matters after it."""


@dataclass(slots=True)
class Actor:
    """One process. Its code calls `step` wherever it could be interrupted."""

    name: str
    scheduler: Scheduler
    mortal: bool = False
    dead: bool = False
    wakes_at: float = 0.0
    thread: greenlet = field(default_factory=greenlet)

    def step(self) -> None:
        """Yield to the scheduler. Raise Killed if this process ends here."""
        if not self.dead:
            self.scheduler.main.switch()
        if self.dead:
            raise Killed

    def wait(self, seconds: float) -> None:
        """Sleep in virtual time."""
        self.wakes_at = self.scheduler.now + seconds
        self.step()


@dataclass(slots=True)
class Scheduler:
    """The scheduler. `kill` and `stall` are probabilities at each step of a mortal actor."""

    chance: random.Random
    kill: float = 0.0
    stall: float = 0.0
    now: float = 0.0
    kills: int = 0
    turns: int = 0
    actors: list[Actor] = field(default_factory=list)
    main: greenlet = field(default_factory=greenlet.getcurrent)

    def clock(self) -> dt.datetime:
        return START + dt.timedelta(seconds=self.now)

    def start(self, name: str, work: Callable[[Actor], None], *, mortal: bool = False) -> Actor:
        """Create a process that begins at its first turn."""
        actor = Actor(name=name, scheduler=self, mortal=mortal)
        actor.thread = greenlet(lambda: self._run_actor(actor, work), parent=self.main)
        self.actors.append(actor)
        return actor

    def run(self) -> None:
        """Run until every actor has ended."""
        while living := [actor for actor in self.actors if not actor.thread.dead]:
            ready = [actor for actor in living if actor.wakes_at <= self.now]
            if not ready:
                self.now = min(actor.wakes_at for actor in living)
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

    def _run_actor(self, actor: Actor, work: Callable[[Actor], None]) -> None:
        try:
            actor.step()
            work(actor)
        except Killed:
            pass
        finally:
            actor.dead = True
