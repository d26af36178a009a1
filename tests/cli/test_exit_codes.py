"""The exit codes are those of docs/contract.md, for every error and every command."""

from __future__ import annotations

import pytest

import newsletter.errors
import subscribers.errors
from newsletter.cli.exit_codes import ExitCode, exit_with
from subscribers.errors import HappyTrailsError


def test_scripts_can_rely_on_the_numbers() -> None:
    assert {code.name: int(code) for code in ExitCode} == {
        "DONE": 0,
        "FAILED": 1,
        "USAGE": 2,
        "ATTENTION": 3,
        "BUSY": 75,
    }


ERRORS = [
    error
    for module in (newsletter.errors, subscribers.errors)
    for error in vars(module).values()
    if isinstance(error, type) and issubclass(error, HappyTrailsError)
]


@pytest.mark.parametrize("error", ERRORS, ids=lambda kind: kind.__name__)
def test_every_error_ends_a_command_with_one_of_them(error: type[HappyTrailsError]) -> None:
    assert ExitCode(error.exit_code) is not ExitCode.DONE


@pytest.mark.parametrize(
    ("failed", "attention", "code"),
    [(True, True, ExitCode.FAILED), (True, False, ExitCode.FAILED), (False, True, 3)],
)
def test_a_failure_outranks_a_need_for_attention(failed: bool, attention: bool, code: int) -> None:
    with pytest.raises(SystemExit) as end:
        exit_with(failed=failed, attention=attention)
    assert end.value.code == code


def test_without_either_the_command_goes_on() -> None:
    steps = ["work"]
    exit_with()
    steps.append("after")
    assert steps == ["work", "after"]
