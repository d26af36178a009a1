"""The page of the schedule: when the next issues are due, and what calls the program for them."""

from __future__ import annotations

import os
from typing import cast, get_args

from flask import Blueprint, render_template, request
from werkzeug.wrappers import Response

from newsletter.desk.current import current_context
from newsletter.desk.navigation import report_back, report_errors
from newsletter.editorial.reschedule import slots_ahead, unskip_slot
from newsletter.models import DESK, Rhythm
from newsletter.storage.database.engine import snapshot
from newsletter.timer.cron import cron_lines
from newsletter.timer.install import Machine, find_timers, plan_here

_SLOTS_SHOWN = 8
blueprint = Blueprint("schedule", __name__, url_prefix="/schedule")
report_errors(blueprint, "schedule.index")


@blueprint.get("/")
def index() -> str:
    """Show when the next issues are due, and the timer."""
    context = current_context()
    plan = plan_here(context.settings, context.folder)
    now = context.clock()
    with snapshot(context.engine) as connection:
        rhythms = slots_ahead(connection, context.config, now, _SLOTS_SHOWN)
    return render_template(
        "desk/schedule.html",
        rhythms=rhythms,
        issue=context.settings.issue,
        now=now,
        timers=find_timers(plan, Machine.here(os.environ)),
        cron=cron_lines(plan),
    )


@blueprint.post("/unskip")
def unskip() -> Response:
    """Let a week that was skipped have its issue after all."""
    context = current_context()
    wish = request.form.get("rhythm", "")
    rhythm = wish if wish in get_args(Rhythm) else context.settings.issue.rhythm
    unskip_slot(context, cast("Rhythm", rhythm), request.form.get("key", ""), by=DESK)
    return report_back("That week has its issue after all.", "schedule.index")
