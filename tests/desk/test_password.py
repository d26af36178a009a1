"""The desk's password: how strong it has to be, where it is kept, how it is checked."""

from __future__ import annotations

import threading
from concurrent.futures import ThreadPoolExecutor

import pytest

from newsletter.context import Context
from newsletter.desk.password import StoredPassword, TooManyChecks, find_weakness, set_password
from newsletter.errors import SettingsError, UsageError

GOOD = "four larches under snow"


@pytest.mark.parametrize(
    ("weak", "why"),
    [
        ("", "0 characters"),
        ("kurz", "4 characters"),
        ("aaaaaaaaaaaaaaaa", "Repeats"),
        ("password1234", "common password"),
        ("qwertyuiop123", "guessed"),
        ("123456789012", "guessed"),
        ("Pine & Pace!!", "everybody knows"),
        ("maren.example.com", "everybody knows"),
        ("x" * 600, "longer than"),
    ],
)
def test_a_weak_password_is_refused_in_a_sentence(context: Context, weak: str, why: str) -> None:
    assert why in find_weakness(weak, context.settings.newsletter)
    with pytest.raises(UsageError, match="password manager"):
        set_password(context.folder, {}, context.settings.newsletter, weak)
    assert "PASSWORD" not in (context.folder / ".env").read_text("utf-8")


def test_words_that_do_not_belong_together_are_strong(context: Context) -> None:
    for good in (GOOD, "vK8-tranquil-Osprey", "Föhn über dem Sägewerk", "y7" * 3 + "QmZr_4x-wTn"):
        assert find_weakness(good, context.settings.newsletter) == ""


def test_its_argon2id_hash_is_kept_beside_the_other_secrets(context: Context) -> None:
    path = context.folder / ".env"
    before = "# mine\nNEWSLETTER_SECRET=made-up-for-tests\nSENDGRID_API_KEY='a$b'\n"
    path.write_text(before, "utf-8")

    set_password(context.folder, {}, context.settings.newsletter, GOOD)

    after = path.read_text("utf-8")
    assert after.startswith(before)
    assert "NEWSLETTER_DESK_PASSWORD_HASH='$argon2id$v=19$m=65536,t=3,p=4$" in after
    assert GOOD not in after
    assert path.stat().st_mode & 0o777 == 0o600
    assert [file.name for file in context.folder.glob(".tmp*")] == []


def test_a_new_one_takes_the_place_of_the_old_one_at_once(context: Context) -> None:
    stored = StoredPassword(context.folder, {})
    assert not stored.is_right(GOOD)
    set_password(context.folder, {}, context.settings.newsletter, GOOD)
    assert stored.is_right(GOOD)
    set_password(context.folder, {}, context.settings.newsletter, "another larch in the fog")
    assert not stored.is_right(GOOD)
    assert stored.is_right("another larch in the fog")
    assert (context.folder / ".env").read_text("utf-8").count("PASSWORD_HASH") == 1


def test_a_letter_with_its_accent_beside_it_is_the_same_letter(context: Context) -> None:
    set_password(context.folder, {}, context.settings.newsletter, "Föhn im Sägewerk heute")
    assert StoredPassword(context.folder, {}).is_right("Fo\u0308hn im Sa\u0308gewerk heute")


def test_a_hash_in_the_environment_wins_and_is_not_changed(context: Context) -> None:
    set_password(context.folder, {}, context.settings.newsletter, GOOD)
    line = (context.folder / ".env").read_text("utf-8").splitlines()[-1]
    environ = {"NEWSLETTER_DESK_PASSWORD_HASH": line.partition("=")[2]}
    with pytest.raises(SettingsError, match="set in the environment"):
        set_password(context.folder, environ, context.settings.newsletter, "some other good one")
    assert StoredPassword(context.folder, environ).is_right(GOOD)


def test_what_is_no_hash_is_said_and_lets_nobody_in(context: Context) -> None:
    stored = StoredPassword(context.folder, {"NEWSLETTER_DESK_PASSWORD_HASH": "open sesame"})
    with pytest.raises(SettingsError, match="desk password"):
        stored.is_right("open sesame")


def test_only_so_many_are_checked_at_once_as_the_memory_has_room_for(context: Context) -> None:
    set_password(context.folder, {}, context.settings.newsletter, GOOD)
    stored = StoredPassword(context.folder, {})
    together = threading.Barrier(12)

    def try_it(_number: int) -> str:
        together.wait(60)
        try:
            return str(stored.is_right(GOOD))
        except TooManyChecks:
            return "too many"

    with ThreadPoolExecutor(12) as pool:
        outcomes = list(pool.map(try_it, range(12)))

    assert set(outcomes) <= {"True", "too many"}
    assert "True" in outcomes
    assert "too many" in outcomes
