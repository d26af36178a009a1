"""What is written for cron, systemd and launchd."""

from __future__ import annotations

import configparser
import plistlib
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from newsletter.config.settings import IssueSettings
from newsletter.errors import UsageError
from newsletter.timer.cron import add_lines, calls_run, cron_lines, has_lines, remove_lines
from newsletter.timer.launchd import agent_labels, launchd_agents
from newsletter.timer.plan import make_plan as plan_newsletter
from newsletter.timer.plan import timer_minute
from newsletter.timer.systemd import systemd_units, unit_names
from tests.timer.plans import AWKWARD, make_plan

# A crontab with everything that a program might trample on.
CRONTABS = [
    b"",
    b"MAILTO=me@example.com\n\n# mine\n*/5 * * * * true\n",
    b"# no line break at the end\n0 0 * * * echo \xff\xfe",
    b"0 1 * * *\techo a\t\r\n\n\n# END newsletter /elsewhere\n",
]


@pytest.mark.parametrize("crontab", CRONTABS)
def test_other_lines_stay_byte_for_byte(crontab: bytes) -> None:
    plan = make_plan()
    added = add_lines(crontab, plan)

    assert added.startswith(crontab)
    assert has_lines(added, plan)
    assert add_lines(added, plan) == added, "once more changes nothing"
    assert remove_lines(added, plan).rstrip(b"\n") == crontab.rstrip(b"\n")
    assert remove_lines(crontab, plan) == crontab


def test_newsletters_of_one_user_do_not_touch_each_other() -> None:
    first, second = make_plan(), make_plan(Path("/home/me/other"))
    crontab = add_lines(add_lines(b"0 0 * * * true\n", first), second)

    assert remove_lines(remove_lines(crontab, first), second) == b"0 0 * * * true\n"
    assert remove_lines(crontab, first) == add_lines(b"0 0 * * * true\n", second)
    assert first.name != second.name
    assert make_plan(Path("/a/news")).name != make_plan(Path("/b/news")).name


def test_a_block_that_somebody_cut_in_two_loses_no_line_of_theirs() -> None:
    plan = make_plan()
    added = add_lines(b"", plan)
    torn = added.replace(added.splitlines()[-1] + b"\n", b"0 0 * * * mine\n")

    assert b"0 0 * * * mine\n" in remove_lines(torn, plan)


def test_an_author_s_own_line_is_seen() -> None:
    plan = make_plan(Path("/home/me/trail news"))
    own = b"0 * * * * newsletter --quiet --folder '/home/me/trail news' run\n"

    assert calls_run(own, plan)
    assert not calls_run(b"# " + own, plan)
    assert not calls_run(own, make_plan(Path("/home/me/other")))


def test_a_cron_command_survives_the_shell_and_cron() -> None:
    _, run, serve = cron_lines(make_plan()).splitlines()
    minute, *hours, command = run.split(" ", 5)

    assert [minute, *hours] == ["30", "*", "*", "*", "*"]
    assert not re.search(r"(?<!\\)%", command), "cron would end the command there"
    words = shlex.split(command.replace(r"\%", "%"))
    assert words == [
        "/opt/trail news/newsletter", "--quiet", "--folder", str(AWKWARD), "run",
    ]  # fmt: skip
    assert serve.startswith("@reboot ")
    assert len(cron_lines(make_plan(has_site=False)).splitlines()) == 2


def parse(unit: str) -> configparser.ConfigParser:
    parser = configparser.ConfigParser(interpolation=None, strict=False)
    parser.optionxform = str  # type: ignore[assignment, method-assign]  # the documented way to keep case
    parser.read_string(unit)
    return parser


def test_units_are_hardened_and_catch_up_after_a_sleep() -> None:
    plan = make_plan()
    units = systemd_units(plan)
    service, timer, site = (parse(units[name]) for name in unit_names(plan))

    assert timer["Timer"]["OnCalendar"] == "*-*-* *:30:00"
    assert timer["Timer"]["Persistent"] == "true"
    assert timer["Install"]["WantedBy"] == "timers.target"
    assert service["Service"]["Type"] == "oneshot"
    assert service["Service"]["SuccessExitStatus"] == "3 75"
    assert site["Service"]["Restart"] == "always"
    assert site["Service"]["RestartPreventExitStatus"] == "2"
    for unit in (service, site):
        assert unit["Service"]["NoNewPrivileges"] == "true"
        assert unit["Service"]["UMask"] == "0077"
        assert unit["Service"]["SystemCallErrorNumber"] == "EPERM"
        assert unit["Service"]["LimitCORE"] == "0", "a core dump would hold secrets and addresses"
        command = unit["Service"]["ExecStart"]
        assert '50%% Läufe & \\"Runs\\" $$HOME\'s' in command
    assert set(systemd_units(make_plan(has_site=False))) == set(unit_names(plan)[:2])


def test_systemd_finds_no_fault_with_the_units(tmp_path: Path) -> None:
    """Where systemd is there it judges; elsewhere the parsed units are what can be asserted."""
    plan = make_plan(tmp_path / AWKWARD.name, program=sys.executable)
    for name, text in systemd_units(plan).items():
        (tmp_path / name).write_text(text, "utf-8")
        assert parse(text).has_section("Unit")
    if shutil.which("systemd-analyze"):
        paths = [str(tmp_path / name) for name in systemd_units(plan)]
        verdict = subprocess.run(
            ["systemd-analyze", "--user", "verify", *paths],
            capture_output=True,
            text=True,
            check=False,
            env={"PATH": "/usr/bin:/bin", "XDG_RUNTIME_DIR": str(tmp_path), "HOME": str(tmp_path)},
        )
        faults = [line for line in verdict.stderr.splitlines() if plan.name in line]
        assert faults == [], verdict


def test_agents_of_a_mac_are_property_lists() -> None:
    plan = make_plan()
    agents = {name: plistlib.loads(octets) for name, octets in launchd_agents(plan).items()}
    label, site = agent_labels(plan)

    assert agents[label]["ProgramArguments"] == list(plan.run)
    assert agents[label]["StartCalendarInterval"] == {"Minute": 30}
    assert agents[site]["KeepAlive"] is True
    assert agents[site]["ProgramArguments"][-1] == "serve"
    assert all(agent["Umask"] == 0o077 for agent in agents.values())
    assert list(launchd_agents(make_plan(has_site=False))) == [label]


@pytest.mark.parametrize(
    ("zone", "minute"),
    [("America/Edmonton", 15), ("Australia/Adelaide", 45), ("Asia/Kathmandu", 30)],
)
def test_the_minute_is_the_author_s(zone: str, minute: int) -> None:
    assert timer_minute("07:15", ZoneInfo(zone), ZoneInfo("UTC")) == minute


def test_a_folder_that_no_timer_can_name_is_refused() -> None:
    with pytest.raises(UsageError, match="line break"):
        plan_newsletter(
            program=("newsletter",),
            folder=Path("/home/me/two\nlines"),
            issue=IssueSettings(),
            timezone="UTC",
            machine_zone=ZoneInfo("UTC"),
            has_site=False,
        )
