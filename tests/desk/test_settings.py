"""The settings on the desk: explained, saved with their comments, refused with a cure."""

from __future__ import annotations

import re
from html import unescape
from pathlib import Path

import pytest

from newsletter.config.explain import explain_settings
from newsletter.context import Context
from newsletter.desk.settings import SECTIONS, forbidden_sections
from tests.support.visitor import Page, Visitor


def text_of(context: Context) -> str:
    return (context.folder / "newsletter.toml").read_text("utf-8")


def fields_of(page: Page) -> dict[str, str]:
    """Return every field of the page's form, as a browser would send it."""
    fields = {
        unescape(name): unescape(value)
        for name, value in re.findall(
            r'<input [^>]*?name="([^"]+)"[^>]*? value="([^"]*)"', page.text
        )
    }
    for name, options in re.findall(
        r'<select [^>]*?name="([^"]+)".*?>(.*?)</select>', page.text, re.DOTALL
    ):
        chosen = re.search(r'<option value="([^"]*)" selected', options)
        fields[name] = unescape(chosen[1]) if chosen else ""
    return fields


def save(author: Visitor, section: str, **values: str) -> Page:
    """Change fields of a section's form and submit it; return what is shown then."""
    fields = fields_of(author.get(f"/settings/{section}"))
    typed = {f"{section}.{name}" if "." not in name else name: v for name, v in values.items()}
    assert typed.keys() <= fields.keys()
    answer = author.submit(f"/settings/{section}", fields | typed)
    return author.get(answer.headers["Location"]) if answer.status == 303 else answer


@pytest.mark.parametrize("section", SECTIONS)
def test_each_section_is_explained_and_saving_it_untouched_changes_nothing(
    context: Context, author: Visitor, section: str
) -> None:
    before = text_of(context)
    page = author.get(f"/settings/{section}")
    assert page.status == 200
    assert SECTIONS[section][0] in page.words
    assert "Nothing was changed." in save(author, section).words
    assert text_of(context) == before


def test_a_saved_setting_keeps_the_comments_and_counts_at_once(
    context: Context, author: Visitor
) -> None:
    path = context.folder / "newsletter.toml"
    path.write_text(text_of(context).replace("[issue]", "[issue]  # mine"), "utf-8")
    page = save(author, "issue", max_posts="3", skip_dates="2026-11-22", day="monday")
    assert "Saved: day, max_posts, skip_dates." in page.words
    assert "[issue]  # mine" in text_of(context)
    assert "max_posts = 3" in text_of(context)
    assert "Weekly, on Monday at 07:00" in author.get("/schedule/").words


def test_the_title_stands_on_every_page_from_then_on(author: Visitor) -> None:
    save(author, "newsletter", title="Larch & Stone")
    assert "Larch & Stone the desk" in author.get("/posts/").words


def test_a_wrong_value_is_told_beside_its_field_and_nothing_typed_is_lost(
    context: Context, author: Visitor
) -> None:
    before = text_of(context)
    page = save(author, "issue", veto_hours="a while", time="08:30")
    assert page.status == 422
    assert "issue.veto_hours is 'a while'. It takes a whole number" in page.words
    field = page.text.partition('id="issue.veto_hours"')[2]
    assert field.index('class="problem"') < field.index('value="a while"')
    assert 'aria-invalid="true"' in page.text
    assert fields_of(page)["issue.time"] == "08:30"
    assert text_of(context) == before


def test_settings_that_do_not_fit_together_are_told_above_the_form(author: Visitor) -> None:
    page = save(author, "images", host="site")
    assert page.status == 422
    assert "no reader could see the pictures" in page.words


def test_a_change_by_somebody_else_is_told_and_never_overwritten(
    context: Context, author: Visitor
) -> None:
    stale = fields_of(author.get("/settings/issue"))
    save(author, "issue", max_posts="5", min_posts="2")
    answer = author.submit("/settings/issue", stale | {"issue.max_posts": "9"})
    assert answer.status == 422
    assert "changed meanwhile, so nothing was saved" in answer.words
    assert "max_posts is “5” there now" in answer.words
    again = fields_of(answer)
    assert again["issue.max_posts"] == "9", "what was typed is still there"
    assert again["issue.min_posts"] == "2", "what was not typed is as the file says"
    assert author.submit("/settings/issue", again).status == 303
    assert "max_posts = 9" in text_of(context)
    assert "min_posts = 2" in text_of(context)


def test_another_database_is_named_by_a_move_alone(context: Context, author: Visitor) -> None:
    path = context.folder / "newsletter.toml"
    path.write_text(
        text_of(context) + '[database]\nurl = "postgresql+psycopg://me:geheim@db/news"\n', "utf-8"
    )
    page = author.get("/settings/database")
    assert "geheim" not in page.text
    assert "newsletter database move URL" in page.words


def test_the_file_itself_is_saved_if_every_command_can_read_it(
    context: Context, author: Visitor
) -> None:
    page = author.get("/settings/file")
    fields = {name: page.hidden_field(name) for name in ("csrf_token", "seen")}
    text = text_of(context) + '[[topics]]\nname = "Races"\n'
    broken = author.submit("/settings/file", fields | {"text": text.replace("[issue]", "[isue]")})
    assert broken.status == 422
    assert "Did you mean `issue`?" in broken.words
    assert "[isue]" in broken.text
    answer = author.submit("/settings/file", fields | {"text": text.replace("\n", "\r\n")})
    assert answer.status == 303
    assert text_of(context) == text
    assert author.submit("/settings/file", fields | {"text": text}).status == 422, (
        "it changed since"
    )


def test_a_broken_file_can_be_mended_here(context: Context, author: Visitor) -> None:
    good = text_of(context)
    (context.folder / "newsletter.toml").write_text("[issue\n" + good, "utf-8")
    assert "cannot be read" in author.get("/settings/issue").words
    assert save(author, "issue", max_posts="3").status == 422
    page = author.get("/settings/file")
    fields = {name: page.hidden_field(name) for name in ("csrf_token", "seen")}
    assert author.submit("/settings/file", fields | {"text": good}).status == 303
    assert text_of(context) == good


def test_a_desk_elsewhere_may_not_change_where_mail_and_readers_are() -> None:
    assert forbidden_sections(is_remote=True) == {"database", "fetch", "mailbox", "sender"}
    assert forbidden_sections(is_remote=False) == frozenset()


def test_every_setting_has_a_page() -> None:
    starter = Path("templates/starter/newsletter.toml").read_text("utf-8")
    tables = {setting.table.partition(".")[0] for setting in explain_settings(starter)}
    assert tables == set(SECTIONS)


def test_a_section_that_is_none_is_no_page(author: Visitor) -> None:
    assert author.get("/settings/topics").status == 404
