"""Look DNS records up, and tell "there is none" from "nobody answered"."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from dns.resolver import Answer, Resolver

RecordType = Literal["TXT", "MX", "A", "AAAA", "CNAME"]
#: Looks up records of a name.
Lookup = Callable[[str, RecordType], "Records"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Records:
    """The answer to one question."""

    #: TXT records whole, host names without their final dot.
    values: tuple[str, ...] = ()
    #: Whether a name server answered. If none did, nothing is known.
    is_answered: bool = True
    #: Whether the name exists at all.
    exists: bool = True


def make_lookup(resolver: Resolver | None, *, seconds: Callable[[], float]) -> Lookup:
    """Return a function that asks `resolver`, or the machine's own name servers.

    It never raises. `seconds` says how long the next question may take.
    """
    from dns.exception import DNSException
    from dns.resolver import NXDOMAIN, NoAnswer
    from dns.resolver import Resolver as SystemResolver

    try:
        asked_resolver = resolver or SystemResolver()
    except (DNSException, OSError, ValueError):
        # The machine names no server, or its list is malformed.
        return lambda _name, _kind: Records(is_answered=False)

    def look_up(name: str, kind: RecordType) -> Records:
        try:
            answer = asked_resolver.resolve(f"{name.rstrip('.')}.", kind, lifetime=seconds())
        except NXDOMAIN:
            return Records(exists=False)
        except NoAnswer:
            return Records()
        except (DNSException, OSError, ValueError, UnicodeError):
            return Records(is_answered=False)
        return Records(values=tuple(_texts(answer)))

    return look_up


def _texts(answer: Answer) -> list[str]:
    texts = []
    for record in answer:
        if hasattr(record, "strings"):
            # The strings of one record belong together (RFC 7208, 3.3).
            texts.append(b"".join(record.strings).decode("utf-8", "replace"))
        else:
            name = getattr(record, "exchange", None) or getattr(record, "target", None) or record
            texts.append(str(name).rstrip("."))
    return texts
