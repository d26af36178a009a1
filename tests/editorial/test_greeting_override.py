"""The author overrides greetings and prints a year of them, on a real newsletter folder."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest

from newsletter.app import open_newsletter
from newsletter.context import Context
from newsletter.editorial.approval import approve
from newsletter.editorial.draft import draft_issue
from newsletter.editorial.find_issue import find_issue
from newsletter.editorial.greeting_override import GreetingChange, change_greeting
from newsletter.editorial.greeting_year import greetings_of_year, render_year
from newsletter.editorial.issue_greetings import IssueGreetings, greetings_of
from newsletter.editorial.own_edits import step_through_edits
from newsletter.editorial.preview import render_preview
from newsletter.errors import NewsletterError, NotFound, NotReady, UsageError
from newsletter.models import Greeting, GreetingPart, PartName
from newsletter.pipeline.run import run
from newsletter.storage.database.engine import snapshot
from tests.support.newsletter_folder import create_newsletter, publish, subscribe
from tests.support.program import Program

OWN = "Twelve years of this, and I still lace the left shoe first."


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = create_newsletter(tmp_path / "weekly")
    publish(context, "Hips over rollers", "Mud")
    draft_issue(context)
    yield context
    context.engine.dispose()


def draft_greeting(context: Context) -> str:
    issue = draft_issue(context).issue
    assert issue is not None
    greeting = issue.greeting("north")
    assert greeting is not None
    return greeting.text


def greetings_now(context: Context) -> IssueGreetings:
    with snapshot(context.engine) as connection:
        issue = find_issue(connection, context.settings, "next")
        return greetings_of(connection, context.config, issue, context.clock())


def change(context: Context, **wishes: Any) -> Greeting:
    """Return the greeting of the author's own hemisphere after a change."""
    return change_greeting(context, "next", GreetingChange(**wishes)).greetings[0]


def test_the_authors_own_text_stays_through_every_draft(context: Context) -> None:
    greetings = change_greeting(context, "next", GreetingChange(act="write", words=f"  {OWN}\n"))
    assert [(g.text, g.reason) for g in greetings.greetings] == [(OWN, "written by the author")]
    publish(context, "A third post")
    assert draft_greeting(context) == OWN
    assert OWN in " ".join(render_preview(context, "next").text.split())
    change_greeting(context, "next", GreetingChange(act="auto"))
    assert draft_greeting(context) not in {OWN, ""}


def test_a_greeting_may_be_left_out(context: Context) -> None:
    change_greeting(context, "next", GreetingChange(act="none"))
    assert draft_greeting(context) == ""
    assert greetings_now(context).greetings[0].reason == "left out by the author"


def test_own_words_for_one_hemisphere_leave_the_others_their_greeting(context: Context) -> None:
    subscribe(context, "bo@example.com", "south")
    before = {g.season.hemisphere: g.text for g in greetings_now(context).greetings}
    change_greeting(context, "next", GreetingChange(act="write", words=OWN, hemisphere="south"))
    assert OWN in " ".join(render_preview(context, "next", edition="south").text.split())
    assert draft_greeting(context) == before["north"]
    change_greeting(context, "next", GreetingChange(act="none", hemisphere="south"))
    assert {g.season.hemisphere: g.text for g in greetings_now(context).greetings} == {
        "north": before["north"],
        "south": "",
    }


def test_a_greeting_is_undone_and_redone_as_any_edit(context: Context) -> None:
    ours = draft_greeting(context)
    change_greeting(context, "next", GreetingChange(act="write", words=OWN))
    assert step_through_edits(context, "next", "undo").changed == ("greeting",)
    assert draft_greeting(context) == ours
    step_through_edits(context, "next", "redo")
    assert draft_greeting(context) == OWN


def test_a_greeting_chosen_by_its_id_is_used_and_remembered(context: Context) -> None:
    wanted = other_candidate(context, "thought")
    greetings = change_greeting(context, "next", GreetingChange(act="use", ids=(wanted.id,)))
    assert greetings.greetings[0].intro_id == wanted.id
    assert wanted.text in greetings.greetings[0].text
    assert draft_greeting(context) == greetings.greetings[0].text


def other_candidate(context: Context, name: PartName) -> GreetingPart:
    candidates = dict(greetings_now(context).candidates)
    return candidates[name][1]


def test_the_parts_that_could_come_are_shown_with_reasons(context: Context) -> None:
    shown = greetings_now(context)
    greeting = shown.greetings[0]
    for name, parts in shown.candidates:
        chosen = greeting.part(name)
        assert chosen is not None
        assert parts[0] == chosen
        assert all(part.reason and part.text for part in parts)


def test_another_thought_takes_the_place_of_one_and_stays(context: Context) -> None:
    before = greetings_now(context).greetings[0]
    after = change(context, act="another")
    assert after.intro_id not in {"", before.intro_id}
    assert draft_greeting(context) == after.text
    third = change(context, act="another")
    assert third.intro_id not in {"", before.intro_id, after.intro_id}


def test_parts_may_be_chosen_left_out_and_banished(context: Context) -> None:
    opener = dict(greetings_now(context).candidates)["opener"][0]
    bare = change_greeting(context, "next", GreetingChange(act="without", part="opener")).greetings[
        0
    ]
    assert bare.part("opener") is None
    back = change_greeting(context, "next", GreetingChange(act="use", ids=(opener.id,))).greetings[
        0
    ]
    assert back.part("opener") == replace(opener, reason=f"chosen by the author ({opener.reason})")
    never = change_greeting(
        context, "next", GreetingChange(act="never", ids=(opener.id,))
    ).greetings[0]
    assert opener.id not in {part.id for part in never.parts}
    assert opener.text not in draft_greeting(context)
    with pytest.raises(NotFound, match="not among the parts"):
        change_greeting(context, "next", GreetingChange(act="allow", ids=("no-such-part",)))
    change_greeting(context, "next", GreetingChange(act="allow", ids=(opener.id,)))
    change_greeting(context, "next", GreetingChange(act="auto"))
    assert opener.text in draft_greeting(context)


def test_a_part_that_is_left_out_twice_is_one_edit(context: Context) -> None:
    change(context, act="without", part="opener")
    once = change_greeting(context, "next", GreetingChange(act="without", part="bridge")).issue
    again = change_greeting(context, "next", GreetingChange(act="without", part="opener")).issue
    assert again.own_edits == once.own_edits
    assert again.earlier_edits == once.earlier_edits


def test_the_authors_text_keeps_its_paragraphs_and_links(context: Context) -> None:
    words = "Hello all!\n\nPhotos: https://example.com/photos.\n \n" + "run " * 100
    change_greeting(context, "next", GreetingChange(act="write", words=words))
    preview = render_preview(context, "next")
    assert '<a href="https://example.com/photos"' in preview.html
    assert "https://example.com/photos." in preview.text
    plain = preview.text.split("\n\n")
    assert plain[0].strip() == "Hello all!"
    assert plain[1].strip() == "Photos: https://example.com/photos."


def test_a_newsletter_may_do_without_greetings(context: Context) -> None:
    changed = reopen_with(context, "timezone", "greetings = false\ntimezone")
    assert draft_greeting(changed) == ""
    assert all(not week.greeting.text for week in greetings_of_year(changed, 2027).weeks)
    changed.engine.dispose()


@pytest.mark.parametrize(
    ("wish", "error", "words"),
    [
        (GreetingChange(act="use", ids=("no-such",)), NotFound, "no greeting “no-such”"),
        (
            GreetingChange(act="use", ids=("comeback-minutes",)),
            NotReady,
            "is not for an issue of 2026-11-22",
        ),
        (GreetingChange(act="write", words=" \n"), UsageError, "has no words"),
        (GreetingChange(act="write", words="run " * 121), UsageError, "has 121 words"),
    ],
)
def test_an_impossible_override_changes_nothing(
    context: Context, wish: GreetingChange, error: type[NewsletterError], words: str
) -> None:
    before = draft_greeting(context)
    with pytest.raises(error, match=words):
        change_greeting(context, "next", wish)
    assert draft_greeting(context) == before


def test_an_override_voids_an_approval(context: Context) -> None:
    approve(context, "next")
    greetings = change_greeting(context, "next", GreetingChange(act="write", words=OWN))
    assert greetings.issue.status == "draft"
    assert "void" in greetings.voided
    assert draft_greeting(context) == OWN


def test_a_sent_issue_keeps_its_greeting_and_the_authors_text_stays_free(
    context: Context, tmp_path: Path
) -> None:
    subscribe(context, "bea@example.com")
    change_greeting(context, "next", GreetingChange(act="write", words=OWN))
    approve(context, "next")
    sunday = create_newsletter(tmp_path / "weekly", now="2026-11-22T15:00:00+00:00")
    sent = run(sunday)
    assert sent.issue is not None
    assert OWN in " ".join(render_preview(sunday, "last").text.split())
    with pytest.raises(NotReady, match="its greeting stays"):
        change_greeting(sunday, "last", GreetingChange(act="none"))
    year = greetings_of_year(sunday)
    assert (year.weeks[0].sent, year.weeks[0].greeting.text) == (True, OWN)
    sunday.engine.dispose()


def test_the_printed_year_starts_with_the_draft_and_two_calls_agree(context: Context) -> None:
    first = greetings_of_year(context, 2027)
    assert first.weeks == greetings_of_year(context, 2027).weeks
    assert len(first.weeks) == 52
    texts = [week.greeting.text for week in first.weeks]
    assert len(set(texts[:40])) == 40
    this_year = greetings_of_year(context)
    assert this_year.weeks[0].greeting.text == draft_greeting(context)
    south = greetings_of_year(context, 2027, "south")
    assert {w.greeting.season.name for w in south.weeks if w.day.month == 1} == {"summer"}
    assert greetings_of_year(context, 2020).weeks == ()
    with pytest.raises(UsageError, match="too far ahead"):
        greetings_of_year(context, 2060)


def test_a_fortnightly_newsletter_is_simulated_as_such(context: Context) -> None:
    path = context.folder / "newsletter.toml"
    text = path.read_text("utf-8").replace("[issue]", '[issue]\nrhythm = "fortnightly"')
    path.write_text(text, "utf-8")
    fortnightly = open_newsletter(context.folder, {"NEWSLETTER_NOW": "2026-11-20T12:00:00+00:00"})
    days = [week.day for week in greetings_of_year(fortnightly, 2027).weeks]
    assert {(b - a).days for a, b in pairwise(days)} == {14}
    fortnightly.engine.dispose()


def test_the_year_is_drawn_with_every_issue_and_escapes_what_authors_write(
    context: Context,
) -> None:
    own = context.folder / "intros"
    own.mkdir()
    (own / "mine.toml").write_text(
        '[[race]]\nname = "<Ridge>"\ndate = 2027-05-29\n'
        '[[day]]\ndate = 2027-03-07\ntext = "<b>Bold</b> start"\n',
        encoding="utf-8",
    )
    html = render_year(context.config, greetings_of_year(context, 2027))
    assert html.count('<li id="d2027-') == 52
    assert html.count("<circle") == 52
    assert "&lt;b&gt;Bold" in html
    assert 'title="&lt;Ridge&gt;"' in html
    assert "<b>" not in html
    assert "http" not in html.split("<body>")[1]


def test_the_commands_speak_json_and_name_what_is_wrong(context: Context) -> None:
    program = Program(folder=context.folder, now="2026-11-20T12:00:00+00:00")
    own = context.folder / "intros"
    own.mkdir()
    (own / "mine.toml").write_text('[[intro]]\nid = "a"\ntxt = "b"\n', encoding="utf-8")
    printed = program("intros", "--year", "2027", "--json")
    assert printed.code == 0
    assert printed.json["year"] == 2027
    week = printed.json["weeks"][0]
    assert (week["date"], week["season"], week["occasion"]) == ("2027-01-03", "winter", "new-year")
    assert {"phase", "intro_id", "text", "reason"} <= week.keys()
    assert week["parts"].keys() == {"opener", "hello", "thought", "bridge"}
    assert " ".join(filter(None, week["parts"].values())) == week["text"]
    assert week["part_ids"]["thought"] == week["intro_id"]
    assert [p["line"] for p in printed.json["problems"]] == [1, 3]
    greeted = program("greeting", "next", "--text", OWN, "--json")
    assert greeted.json["greetings"][0]["text"] == OWN
    both = program("greeting", "next", "--none", "--auto")
    assert (both.code, "not several" in both.err) == (2, True)
    drafted = program("draft")
    assert drafted.code == 0
    assert "intros/mine.toml, line 1" in drafted.err
    assert len([line for line in drafted.err.splitlines() if "mine.toml" in line]) == 1
    ran = program("run", "--json")
    assert "intros/mine.toml, line 1" in ran.json["reason"]
    assert "Traceback" not in ran.err


def reopen_with(context: Context, old: str, new: str) -> Context:
    """Open the newsletter again after a change to newsletter.toml."""
    path = context.folder / "newsletter.toml"
    path.write_text(path.read_text("utf-8").replace(old, new), "utf-8")
    return open_newsletter(context.folder, {"NEWSLETTER_NOW": "2026-11-20T12:00:00+00:00"})


def occasions(context: Context) -> set[str]:
    return {week.greeting.occasion for week in greetings_of_year(context, 2027).weeks}


def test_an_author_abroad_may_keep_the_holidays_of_home(context: Context) -> None:
    assert "turkey-trot" not in occasions(context)
    changed = reopen_with(context, "timezone", 'regions = ["US"]\ntimezone')
    assert "turkey-trot" in occasions(changed)
    changed.engine.dispose()
    with pytest.raises(NewsletterError, match="two letters"):
        reopen_with(context, '["US"]', '["Texas"]')


def test_weather_greetings_need_their_setting(context: Context) -> None:
    weather = {"heat-north", "first-frost-north"}
    assert not weather & occasions(context)
    changed = reopen_with(context, "timezone", "weather_greetings = true\ntimezone")
    assert weather <= occasions(changed)
    changed.engine.dispose()


def test_the_draft_lists_as_many_races_as_the_author_wants(context: Context) -> None:
    own = context.folder / "intros"
    own.mkdir()
    races = "".join(f'[[race]]\nname = "Run {n}"\ndate = 2027-0{n}-15\n' for n in range(1, 6))
    (own / "mine.toml").write_text(races + '[[race]]\nname = "Old"\ndate = 2026-11-01\n', "utf-8")
    issue = draft_issue(context).issue
    assert issue is not None
    assert [race.name for race in issue.races] == ["Run 1", "Run 2", "Run 3"]
    assert "Next races" in render_preview(context, "next").text
    changed = reopen_with(context, "[issue]", "[issue]\nnext_races = 0")
    issue = draft_issue(changed).issue
    assert issue is not None
    assert issue.races == ()
    changed.engine.dispose()
