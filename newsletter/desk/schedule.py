"""The page of the schedule: when the next issues are due, and what calls the program for them."""

from __future__ import annotations

import os
from dataclasses import dataclass
from typing import cast, get_args

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from newsletter.addressing.audience import active_rhythms
from newsletter.context import Context
from newsletter.desk.navigation import report_back, report_errors
from newsletter.editorial.reschedule import unskip_slot
from newsletter.models import DESK, Rhythm
from newsletter.schedule import Slot
from newsletter.scheduling.next_slot import skipped_slots, upcoming_slots
from newsletter.storage.database.engine import snapshot
from newsletter.timer.cron import cron_lines
from newsletter.timer.install import Machine, find_timers, plan_here

_SLOTS_SHOWN = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class RhythmSlots:
    """The slots ahead of a rhythm."""

    rhythm: Rhythm
    #: When its next issues are due.
    slots: tuple[Slot, ...]
    #: Those that the author skips.
    skipped: tuple[Slot, ...]


def schedule_blueprint(context: Context) -> Blueprint:
    """Return the routes of the schedule."""
    routes = Blueprint("schedule", __name__, url_prefix="/schedule")
    report_errors(routes, "schedule.index")

    @routes.get("/")
    def index() -> str:
        plan = plan_here(context.settings, context.folder)
        return render_template(
            "desk/schedule.html",
            rhythms=slots_ahead(context),
            issue=context.settings.issue,
            now=context.clock(),
            timers=find_timers(plan, Machine.here(os.environ)),
            cron=cron_lines(plan),
        )

    @routes.post("/unskip")
    def unskip() -> Response:
        wish = request.form.get("rhythm", "")
        rhythm = wish if wish in get_args(Rhythm) else context.settings.issue.rhythm
        unskip_slot(context, cast("Rhythm", rhythm), request.form.get("key", ""), by=DESK)
        return report_back("That week has its issue after all.", "schedule.index")

    return routes


def slots_ahead(context: Context) -> tuple[RhythmSlots, ...]:
    """Return the slots ahead of each rhythm that has readers."""
    now, config = context.clock(), context.config
    with snapshot(context.engine) as connection:
        return tuple(
            RhythmSlots(
                rhythm=rhythm,
                slots=upcoming_slots(connection, config, rhythm, now, _SLOTS_SHOWN),
                skipped=skipped_slots(connection, config, rhythm, now),
            )
            for rhythm in active_rhythms(connection, context.settings)
        )
