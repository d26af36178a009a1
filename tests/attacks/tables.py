"""Many variants of three kinds of attack: active content, ways to private addresses, tokens."""

from __future__ import annotations

import random
from collections.abc import Iterator
from ipaddress import IPv4Address, IPv6Address, ip_network

from newsletter.errors import FetchError, ParseError
from newsletter.models import Post, Source
from newsletter.reader.clean.post import sanitise
from newsletter.reader.http.ssrf_guard import is_public, resolve_host
from newsletter.reader.workers.pool import ParserPool
from subscribers.errors import BadToken
from subscribers.link_ids import make_link_id
from subscribers.tokens import Purpose, read_return_path, read_token, sign_return_path, sign_token
from tests.attacks.mutation import mutate
from tests.attacks.outcome import Outcome
from tests.reader.clean.test_safety import ATTACKS
from tests.support.safe_html import is_safe

_PURPOSES: tuple[Purpose, ...] = ("unsubscribe", "preferences", "confirm", "move")
_SECRETS = ("a secret for the attack",)
_TARGETS = ("127.0.0.1", "127.8.8.8", "10.0.0.1", "169.254.169.254", "192.168.1.1", "0.0.0.0")  # noqa: S104  # addresses to refuse, not to bind
_NETWORKS = tuple(
    ip_network(text)
    for text in (
        *("10.0.0.0/8", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.168.0.0/16"),
        *("0.0.0.0/8", "100.64.0.0/10", "192.0.0.0/24", "198.18.0.0/15", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4", "::1/128", "fc00::/7", "fe80::/10", "fec0::/10"),
        *("ff00::/8", "64:ff9b::/96", "64:ff9b:1::/48", "2002:7f00::/24", "::ffff:0:0/96"),
        *("2001:db8::/32", "2001::/32", "100::/64", "3fff::/20"),
    )
)
_PIECES = tuple(attack.encode() for attack in ATTACKS)
_WHOLE = "<p>Up <b>the</b> hill, <a href='/b'>on</a>. <img src='/a.jpg' alt='x'></p>{}<p>Home.</p>"


def attack_sanitiser(number: int) -> Outcome:
    """Clean mutations of every attack, by the allow-list alone and in a post."""
    faults: list[str] = []
    late = 0
    with ParserPool() as pool:
        for seed in range(number):
            chance = random.Random(seed)  # noqa: S311  # seeded, so that a fault recurs
            attack = _WHOLE.format(chance.choice(ATTACKS)).encode()
            html = mutate(attack, chance, _PIECES).decode("utf-8", "replace")
            if not is_safe(sanitise(html)[0]):
                faults.append(f"sanitiser {seed}: {html!r} is let through")
            post = Post(
                id=seed,
                feed="x",
                guid="g",
                title="Frost",
                url="https://b.example/",
                source=Source(content=html),
            )
            try:
                cleaned = pool.clean((post,))[0]
            except ParseError:
                late += 1
                continue
            if not is_safe(cleaned.html):
                faults.append(f"sanitiser {seed}: {html!r} becomes {cleaned.html!r}")
    figures = f"{number:,} active contents, each cleaned twice: {len(faults)} let through"
    return Outcome(figures=f"{figures}, {late} given up", faults=tuple(faults))


def attack_addresses(number: int) -> Outcome:
    """Ask the guard for private addresses, in every spelling and drawn from every network."""
    faults: list[str] = []
    spellings = [spelling for target in _TARGETS for spelling in _spellings(target)]
    for spelling in spellings:
        try:
            found = resolve_host(spelling, 80, allow_private=False, seconds=10)
        except (FetchError, UnicodeError):
            continue
        faults.append(f"{spelling!r} leads to {found}")
    chance = random.Random(1)  # noqa: S311  # seeded, so that a fault recurs
    for _ in range(number):
        network = chance.choice(_NETWORKS)
        kind = IPv4Address if network.version == 4 else IPv6Address
        address = kind(int(network.network_address) + chance.randrange(network.num_addresses))
        if is_public(str(address)):
            faults.append(f"{address} of {network} counts as public")
    figures = f"{len(spellings)} spellings and {number:,} special addresses"
    return Outcome(figures=f"{figures}: {len(faults)} let through", faults=tuple(faults))


def _spellings(address: str) -> Iterator[str]:
    """Yield the ways in which programs have been found to read an IPv4 address."""
    value, parts = int(IPv4Address(address)), [int(part) for part in address.split(".")]
    yield from (address, str(value), hex(value), f"0{value:o}", f"{address}.")
    yield ".".join(hex(part) for part in parts)
    yield ".".join(f"0{part:o}" for part in parts)
    yield ".".join(f"{part:04o}" for part in parts)
    yield f"{parts[0]}.{value & 0xFFFFFF}"
    yield f"{parts[0]}.{parts[1]}.{value & 0xFFFF}"
    yield f"{hex(parts[0])}.{value & 0xFFFFFF}"
    # Full-width and circled digits are normalised to plain ones (UTS 46).
    yield address.translate({ord(digit): 0xFF10 + int(digit) for digit in "0123456789"})
    yield address.translate({ord(digit): 0x245F + int(digit) for digit in "123456789"})
    yield address.replace(".", "\u3002")
    short = f"{value >> 16:x}:{value & 0xFFFF:x}"
    for prefix in ("::ffff:", "::", "64:ff9b::", "64:ff9b:1::", "::ffff:0:"):
        yield f"{prefix}{short}"
        yield f"{prefix}{address}"
    yield f"2002:{short}::1"
    yield f"2001:0:4136:e378:8000:63bf:{(value >> 16) ^ 0xFFFF:x}:{(value & 0xFFFF) ^ 0xFFFF:x}"


def attack_tokens(number: int) -> Outcome:
    """Change tokens, and show each for every other purpose."""
    faults: list[str] = []
    tried = 0
    for seed in range(number):
        chance = random.Random(seed)  # noqa: S311  # seeded, so that a fault recurs
        purpose = chance.choice(_PURPOSES)
        token = sign_token(purpose, make_link_id(), _SECRETS)
        forged = mutate(token.encode(), chance, (b".", b"-", b"_", b"A", b"=", b"%41", b"\x00"))
        for text in (forged.decode("latin-1"), token.swapcase(), token[::-1]):
            if text == token:
                continue
            for other in _PURPOSES:
                tried += 1
                faults += _token_faults(other, text)
        for other in _PURPOSES:
            if other != purpose:
                tried += 1
                faults += _token_faults(other, token)
        path = sign_return_path(make_link_id(), seed % 1000 + 1, _SECRETS)
        bounced = mutate(path.encode(), chance, (b"a", b"7", b"=")).decode("latin-1")
        if bounced.casefold() != path.casefold():
            tried += 1
            faults += _return_path_faults(bounced)
    figures = f"{tried:,} forged tokens: {len(faults)} accepted"
    return Outcome(figures=figures, faults=tuple(faults))


def _token_faults(purpose: Purpose, text: str) -> list[str]:
    try:
        link = read_token(purpose, text, _SECRETS)
    except BadToken:
        return []
    return [f"{text!r} is accepted to {purpose} {link}"]


def _return_path_faults(text: str) -> list[str]:
    try:
        delivery = read_return_path(text, _SECRETS)
    except BadToken:
        return []
    return [f"the return path {text!r} is accepted for {delivery}"]
