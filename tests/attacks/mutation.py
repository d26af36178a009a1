"""Change bytes at random, as a seed says."""

from __future__ import annotations

import random
from collections.abc import Sequence

#: Pieces that break feeds, pages and the programs that read them.
MARKUP: tuple[bytes, ...] = (
    b"<",
    b">",
    b"&",
    b"]]>",
    b"<item>",
    b"</item>",
    b"<![CDATA[",
    b"<!--",
    b"\x00",
    b"\xff",
    b"<script>x</script>",
    b"<svg/onload=x>",
    b"<a href=javascript:x>",
    b"&#x0;",
    b"\xed\xa0",
)
_CUT_OFF = 0.1


def mutate(body: bytes, chance: random.Random, pieces: Sequence[bytes] = MARKUP) -> bytes:
    """Return `body` with up to six changes: a cut, a piece put in, another byte, a repetition."""
    changed = bytearray(body)
    for _ in range(chance.randint(1, 6)):
        place = chance.randrange(len(changed) + 1)
        match chance.randrange(4):
            case 0:
                changed[place : place + chance.randint(1, 400)] = b""
            case 1:
                changed[place:place] = chance.choice(pieces)
            case 2:
                changed[place : place + 1] = bytes([chance.randrange(256)])
            case _:
                other = chance.randrange(len(changed) + 1)
                changed[place:place] = changed[other : other + 200]
    if chance.random() < _CUT_OFF:
        del changed[chance.randrange(len(changed) + 1) :]
    return bytes(changed)
