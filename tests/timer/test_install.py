"""Installing and removing, by programs of the system that are stood in for on the PATH."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from newsletter.errors import NewsletterError, NotReady
from newsletter.timer.install import KINDS, Machine, choose_kind, find_timers, install, remove
from tests.timer.plans import make_plan

MINE = b"MAILTO=me@example.com\n*/5 * * * * true \xff\n"
# Each stand-in writes down how it was called, and fails where a file of that name tells it to.
_STAND_IN = """#!{python}
import os, pathlib, sys
state = pathlib.Path({state!r})
name, words = pathlib.Path(sys.argv[0]).name, sys.argv[1:]
with (state / "calls").open("a") as calls:
    calls.write(" ".join([name, *words]) + "\\n")
for failure in state.glob("fail *"):
    if failure.name.removeprefix("fail ") in " ".join([name, *words]):
        sys.exit(failure.read_text() or "refused")
if name == "crontab":
    table = state / "crontab"
    if words == ["-l"]:
        if not table.exists():
            sys.exit("no crontab for me")
        sys.stdout.buffer.write(table.read_bytes())
    else:
        octets = sys.stdin.buffer.read()
        table.write_bytes(octets.upper() if (state / "shouts").exists() else octets)
if name == "loginctl":
    print("no")
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """A machine of stand-ins."""

    state: Path
    machine: Machine

    @property
    def calls(self) -> list[str]:
        path = self.state / "calls"
        return path.read_text("utf-8").splitlines() if path.exists() else []

    @property
    def crontab(self) -> bytes:
        return (self.state / "crontab").read_bytes()

    def fail(self, words: str, reason: str = "refused") -> None:
        (self.state / f"fail {words}").write_text(reason, "utf-8")

    def files(self) -> list[str]:
        folders = (self.machine.units, self.machine.agents)
        return sorted(path.name for folder in folders for path in folder.glob("*"))


@pytest.fixture
def stage(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Stage:
    programs, state = tmp_path / "bin", tmp_path / "state"
    programs.mkdir()
    state.mkdir()
    for name in ("crontab", "systemctl", "launchctl", "loginctl"):
        program = programs / name
        program.write_text(_STAND_IN.format(python=sys.executable, state=str(state)), "utf-8")
        program.chmod(0o755)
    monkeypatch.setenv("PATH", str(programs))
    home = {"HOME": str(tmp_path / "home")}
    return Stage(state=state, machine=Machine.here(home))


def test_cron_gets_our_lines_and_keeps_all_others(stage: Stage) -> None:
    (stage.state / "crontab").write_bytes(MINE)
    plan = make_plan()

    timer = install(plan, "cron", stage.machine)
    once = stage.crontab
    install(plan, "cron", stage.machine)

    assert timer.written == ("your crontab",)
    assert once.startswith(MINE)
    assert stage.crontab == once
    assert find_timers(plan, stage.machine) == ("cron",)
    assert remove(plan, KINDS, stage.machine) == ("its lines in your crontab",)
    assert stage.crontab == MINE
    assert remove(plan, KINDS, stage.machine) == ()


def test_a_crontab_that_is_refused_or_changed_on_the_way_is_as_before(stage: Stage) -> None:
    (stage.state / "crontab").write_bytes(b"0 0 * * * TRUE\n")
    (stage.state / "shouts").touch()
    with pytest.raises(NewsletterError, match="did not keep the new lines"):
        install(make_plan(), "cron", stage.machine)
    assert stage.crontab == b"0 0 * * * TRUE\n"

    stage.fail("crontab -l", "You (me) are not allowed to use this program (crontab)")
    with pytest.raises(NewsletterError, match="not allowed to use this program"):
        install(make_plan(), "cron", stage.machine)
    assert stage.crontab == b"0 0 * * * TRUE\n"


def test_an_author_s_own_line_is_not_doubled(stage: Stage) -> None:
    own = b"0 * * * * newsletter --folder /news run\n"
    (stage.state / "crontab").write_bytes(own)

    for kind in KINDS:
        with pytest.raises(NotReady, match="a line that you put in"):
            install(make_plan(Path("/news")), kind, stage.machine)
    assert stage.crontab == own


def test_systemd_units_are_written_enabled_and_taken_away(stage: Stage) -> None:
    plan = make_plan()
    timer = install(plan, "systemd", stage.machine)

    assert stage.files() == sorted(Path(path).name for path in timer.written)
    assert "enable-linger" in timer.hint
    assert f"systemctl --user enable {plan.name}.timer {plan.name}-site.service" in stage.calls
    assert find_timers(plan, stage.machine) == ("systemd",)
    with pytest.raises(NotReady, match="schedule remove --systemd"):
        install(plan, "cron", stage.machine)

    install(make_plan(has_site=False), "systemd", stage.machine)
    assert stage.files() == [f"{plan.name}.service", f"{plan.name}.timer"]
    assert len(remove(plan, KINDS, stage.machine)) == 2
    assert stage.files() == []


@pytest.mark.parametrize("step", ["daemon-reload", "enable", "restart"])
def test_nothing_is_half_installed_when_systemd_refuses(stage: Stage, step: str) -> None:
    stage.fail(f"--user {step}", "Failed to connect to bus: No medium found")

    with pytest.raises(NewsletterError, match="Failed to connect to bus") as caught:
        install(make_plan(), "systemd", stage.machine)

    assert "Nothing was changed" in caught.value.message
    assert stage.files() == []


def test_earlier_units_come_back_when_new_ones_are_refused(stage: Stage) -> None:
    install(make_plan(has_site=False), "systemd", stage.machine)
    before = {path.name: path.read_bytes() for path in stage.machine.units.iterdir()}
    stage.fail("-site.service")

    with pytest.raises(NewsletterError):
        install(make_plan(), "systemd", stage.machine)

    assert {path.name: path.read_bytes() for path in stage.machine.units.iterdir()} == before


def test_a_unit_of_somebody_else_is_left_alone(stage: Stage) -> None:
    path = stage.machine.units / f"{make_plan().name}.service"
    path.parent.mkdir(parents=True)
    path.write_text("[Service]\nExecStart=/bin/true\n", "utf-8")

    with pytest.raises(NotReady, match="is not ours"):
        install(make_plan(), "systemd", stage.machine)

    assert path.read_text("utf-8").startswith("[Service]")


def test_a_mac_loads_the_agents_and_forgets_them(stage: Stage) -> None:
    plan = make_plan()
    install(plan, "launchd", stage.machine)

    assert len(stage.files()) == 2
    assert any(call.startswith(f"launchctl bootstrap gui/{os.getuid()} ") for call in stage.calls)
    assert len(remove(plan, ("launchd",), stage.machine)) == 2
    assert stage.files() == []

    stage.fail("bootstrap", "Bootstrap failed: 5: Input/output error")
    with pytest.raises(NewsletterError, match="Input/output error"):
        install(plan, "launchd", stage.machine)
    assert stage.files() == []


def test_the_timer_that_the_machine_has_is_chosen(stage: Stage) -> None:
    assert choose_kind(stage.machine) == "systemd"
    stage.fail("show-environment")
    assert choose_kind(stage.machine) == "cron"
    for name in ("crontab", "systemctl"):
        (stage.state.parent / "bin" / name).unlink()
    with pytest.raises(NewsletterError, match="neither"):
        choose_kind(stage.machine)
