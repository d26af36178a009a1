"""Sealed backups are age files, and no change of one goes unnoticed."""

from __future__ import annotations

import io

import pyrage
import pytest

from newsletter.backup.seal import SealingWriter, UnsealingReader, is_sealed
from newsletter.errors import BackupError

PASSPHRASE = "nine hills before breakfäst"
CHUNK = 64 * 1024
SIZES = (0, 1, CHUNK - 1, CHUNK, CHUNK + 1, 3 * CHUNK, 3 * CHUNK + 7)


@pytest.fixture(autouse=True)
def _light_work(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Derive keys with little work, but for the test against another program."""
    if "another_program" not in request.node.name:
        monkeypatch.setattr("newsletter.backup.seal._WORK_FACTOR", 4)


def seal(clear: bytes) -> bytes:
    target = io.BytesIO()
    with SealingWriter(target, PASSPHRASE) as writer:
        for start in range(0, len(clear), 10_000):
            writer.write(clear[start : start + 10_000])
    return target.getvalue()


def unseal(sealed: bytes, passphrase: str = PASSPHRASE) -> bytes:
    return UnsealingReader(io.BytesIO(sealed), passphrase).readall()


def text_of(size: int) -> bytes:
    return (b"up the hill before breakfast " * (size // 29 + 1))[:size]


@pytest.mark.parametrize("size", SIZES)
def test_what_is_sealed_comes_back(size: int) -> None:
    sealed = seal(text_of(size))

    assert is_sealed(sealed)
    assert unseal(sealed) == text_of(size)
    assert size < 100 or b"breakfast" not in sealed


@pytest.mark.parametrize("size", [0, CHUNK + 1])
def test_another_program_opens_it_and_we_open_what_another_sealed(size: int) -> None:
    assert pyrage.passphrase.decrypt(seal(text_of(size)), PASSPHRASE) == text_of(size)
    assert unseal(pyrage.passphrase.encrypt(text_of(size), PASSPHRASE)) == text_of(size)


def test_another_passphrase_opens_nothing() -> None:
    with pytest.raises(BackupError, match="passphrase is not the one"):
        unseal(seal(b"x"), "another one")


def test_every_cut_and_every_changed_byte_is_noticed() -> None:
    sealed = seal(text_of(2 * CHUNK + 50))
    header = sealed.index(b"---") + 48
    places = (0, 30, header - 60, header - 5, header + 3, header + 20, len(sealed) - 1)
    changes = [
        sealed[:place] + bytes([sealed[place] ^ 1]) + sealed[place + 1 :] for place in places
    ]
    ends = (0, 10, 100, header, header + 16, len(sealed) - 66, len(sealed) - 1)
    changes += [sealed[:end] for end in ends]
    payload = header + 16
    whole = CHUNK + 16
    changes += [
        sealed + b"x",
        sealed[: payload + whole],
        sealed[: payload + 2 * whole],
        sealed[:payload] + sealed[payload + whole :],
        sealed[:payload] + sealed[payload : payload + whole] * 2 + sealed[payload + whole :],
    ]

    for changed in changes:
        with pytest.raises(BackupError):
            unseal(changed)


def test_a_file_that_would_take_all_memory_is_refused() -> None:
    sealed = seal(b"x").replace(b" 4\n", b" 40\n")
    with pytest.raises(BackupError, match="GiB"):
        unseal(sealed)
