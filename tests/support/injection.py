"""Raise an exception at the n-th call of a function, wherever that is.

`sys.setprofile` sees each call of a Python function in this thread; an exception that the hook
raises comes out of the call. The interpreter then removes the hook.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import FrameType
from typing import Any


@dataclass(slots=True)
class Injection:
    """What to raise at which call, from 0, and how many calls there were."""

    at: int
    error: Exception
    calls: int = 0
    #: The function that was called then, "" if there were fewer calls.
    raised_in: str = ""

    def hook(self, frame: FrameType, event: str, _arg: Any) -> None:
        """Count a call, and raise if it is the one: `sys.setprofile(injection.hook)`."""
        if event != "call":
            return
        number, self.calls = self.calls, self.calls + 1
        if number == self.at:
            self.raised_in = f"{frame.f_code.co_filename}:{frame.f_code.co_name}"
            raise self.error
