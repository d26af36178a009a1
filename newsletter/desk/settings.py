"""The pages of the settings: what each means, and newsletter.toml with other values.

What is saved goes through the loader that every command uses, and keeps the author's comments. The
desk itself takes it up with the next request (`fresh_settings`).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from itertools import groupby
from pathlib import Path

from flask import Blueprint, abort, render_template, request
from werkzeug.wrappers import Response

from newsletter.app import require_usable, save_settings
from newsletter.config.edit import Changes, apply_changes, read_file, values_of
from newsletter.config.explain import (
    Setting,
    explain_settings,
    explain_tables,
    format_value,
    parse_value,
)
from newsletter.config.load import parse_settings
from newsletter.config.settings import FILE_NAME
from newsletter.desk.access import is_remote
from newsletter.desk.current import current_context
from newsletter.desk.navigation import report_back
from newsletter.errors import NotReady, SettingsError
from newsletter.resources import templates

#: The first part of a table's name, and what its page is called.
SECTIONS: Mapping[str, tuple[str, str]] = {
    "newsletter": ("Your newsletter", "Its name, your name, where you run, how it greets"),
    "issue": ("Issues", "When they go out, how many posts, who approves"),
    "notices": ("What you are told", "Which messages come to you"),
    "theme": ("How issues look", "A logo, fonts, colours"),
    "sender": ("How issues are sent", "The mailer and its server"),
    "mailbox": ("Mail that comes back", "Requests to unsubscribe, and bounces"),
    "site": ("The readers' site", "Where they sign up, unsubscribe and read on"),
    "desk": ("This desk from elsewhere", "Its address behind your web server"),
    "images": ("Pictures", "Whose server shows them"),
    "schedule": ("The timer", "Who is told that a run worked"),
    "database": ("The database", "Where everything is kept, and for how long"),
    "fetch": ("Reading blogs", "What may be read"),
}
#: How the hidden field begins that holds what a field was.
_WAS = "was."
_PASSWORD = re.compile(r"^([^/]*://[^:/@]*):[^@]*@")
#: What a page of the desk does not change, and why.
_FIXED = {
    "database.url": "To move, `newsletter database move URL` takes everything along: another "
    "address alone would leave your readers behind.",
}
blueprint = Blueprint("settings", __name__, url_prefix="/settings")


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingField:
    """A setting in a form."""

    setting: Setting
    #: What the form shows.
    value: str
    #: What the file says.
    stored: str
    #: Its value where the file says nothing, as a form shows it.
    default: str
    #: Whether the file says it.
    is_set: bool
    #: Why it cannot be changed here, "" if it can.
    fixed: str = ""
    #: Why what was typed cannot be saved, as sentences.
    problem: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SettingsForm:
    """What an author typed, and what came of it."""

    #: What was typed, by the setting's name.
    typed: Mapping[str, str] = field(default_factory=dict)
    #: Why it was not saved, "" before anything was.
    problem: str = ""
    #: The setting that is to blame, "" if no single one is.
    blamed: str = ""


def forbidden_sections(*, is_remote: bool) -> frozenset[str]:
    """Return the sections that a desk may not change.

    From elsewhere nobody may point the program at another database, at servers of the author's
    own network, or at another mail server or mailbox, which would get their password.
    """
    return frozenset({"database", "fetch", "mailbox", "sender"}) if is_remote else frozenset()


@blueprint.get("/")
def index() -> str:
    """Show the list of sections."""
    return render_template(
        "desk/settings.html",
        sections=SECTIONS,
        forbidden=forbidden_sections(is_remote=is_remote()),
        may_edit_file=not is_remote(),
    )


@blueprint.get("/<name>")
def section(name: str) -> str:
    """Show the settings of a section."""
    if name not in SECTIONS:
        abort(404)
    return _section_page(current_context().folder, name, SettingsForm())


@blueprint.post("/<name>")
def save(name: str) -> Response | tuple[str, int]:
    """Save the settings of a section that were changed."""
    if name not in SECTIONS:
        abort(404)
    if name in forbidden_sections(is_remote=is_remote()):
        sentence = f"[{name}] can only be changed on the machine itself."
        return report_back(sentence, "settings.section", "look", name=name)
    context = current_context()
    typed = touched_fields(request.form)
    text, mark = read_file(context.folder)
    changes = find_changes(name, typed, values_of(text))
    if not changes:
        return report_back("Nothing was changed.", "settings.section", name=name)
    try:
        if request.form.get("seen") != mark:
            raise _changed_meanwhile(name, typed, request.form, values_of(text))
        save_settings(context, apply_changes(text, changes), seen=mark)
    except (SettingsError, NotReady) as error:
        blamed = find_blamed(text, changes) if isinstance(error, SettingsError) else ""
        form = SettingsForm(typed=typed, problem=str(error), blamed=blamed)
        return _section_page(context.folder, name, form), 422
    names = ", ".join(key for _, key in changes)
    return report_back(f"Saved: {names}.", "settings.section", name=name)


@blueprint.get("/file")
def edit_file() -> str:
    """Show newsletter.toml as it is."""
    text, mark = read_file(current_context().folder)
    return _file_page(text, mark)


@blueprint.post("/file")
def save_file() -> Response | tuple[str, int]:
    """Save newsletter.toml as it was typed."""
    if is_remote():
        abort(404)
    context = current_context()
    stored, _ = read_file(context.folder)
    text = request.form.get("text", "").replace("\r\n", "\n")
    if "\r\n" in stored:
        text = text.replace("\n", "\r\n")
    seen = request.form.get("seen", "")
    try:
        save_settings(context, text, seen=seen)
    except (SettingsError, NotReady) as error:
        return _file_page(text, seen, str(error)), 422
    return report_back("newsletter.toml is saved.", "settings.edit_file")


def _section_page(folder: Path, name: str, form: SettingsForm) -> str:
    text, mark = read_file(folder)
    fields = section_fields(name, values_of(text), form)
    return render_template(
        "desk/settings_section.html",
        name=name,
        title=SECTIONS[name][0],
        tables=[(t, tuple(group)) for t, group in groupby(fields, lambda f: f.setting.table)],
        meanings=explain_tables(_starter()),
        form=form,
        seen=mark,
        is_forbidden=name in forbidden_sections(is_remote=is_remote()),
    )


def _file_page(text: str, mark: str, problem: str = "") -> str:
    if is_remote():
        abort(404)
    return render_template("desk/settings_file.html", text=text, seen=mark, problem=problem)


def section_fields(
    section: str, values: Mapping[tuple[str, str], object], form: SettingsForm
) -> tuple[SettingField, ...]:
    """Return the fields of a section, with what was typed in place of what the file says."""
    fields = []
    for setting in _settings_in(section):
        stored = _stored_text(setting, values.get((setting.table, setting.key), setting.default))
        shown = form.typed.get(setting.name, stored)
        fixed = _FIXED.get(setting.name, "")
        fields.append(
            SettingField(
                setting=setting,
                value=_without_password(shown) if fixed else shown,
                stored=stored,
                default=format_value(setting, setting.default),
                is_set=(setting.table, setting.key) in values,
                fixed=fixed,
                problem=form.problem if form.blamed == setting.name else "",
            )
        )
    return tuple(fields)


def find_changes(
    section: str, typed: Mapping[str, str], values: Mapping[tuple[str, str], object]
) -> Changes:
    """Return the settings of a section that a form changes, with their new values."""
    changes: dict[tuple[str, str], object] = {}
    for setting in _settings_in(section):
        place = setting.table, setting.key
        text = typed.get(setting.name)
        if text is None or setting.name in _FIXED:
            continue
        if text.replace("\r\n", "\n") != _stored_text(setting, values.get(place, setting.default)):
            changes[place] = parse_value(setting, text)
    return changes


def find_blamed(text: str, changes: Changes) -> str:
    """Return the name of the one change that cannot be saved; "" if it is no single one."""
    for (table, key), value in changes.items():
        try:
            require_usable(parse_settings(apply_changes(text, {(table, key): value}).encode()))
        except SettingsError:
            return f"{table}.{key}"
    return ""


def touched_fields(form: Mapping[str, str]) -> Mapping[str, str]:
    """Return what the author typed, by the setting's name: fields that differ from what they were.

    Only those are saved, so that what somebody else changed meanwhile stays.
    """
    return {
        name: text
        for name, text in form.items()
        if f"{_WAS}{name}" in form and _unix(text) != _unix(form[f"{_WAS}{name}"])
    }


def _changed_meanwhile(
    section: str,
    typed: Mapping[str, str],
    form: Mapping[str, str],
    values: Mapping[tuple[str, str], object],
) -> NotReady:
    """Return the error that names what of this else changed: nothing is overwritten in silence."""
    differing = []
    for setting in _settings_in(section):
        now = _stored_text(setting, values.get((setting.table, setting.key), setting.default))
        if setting.name in typed and now != _unix(form[f"{_WAS}{setting.name}"]):
            differing.append(f"{setting.key} is “{now}” there now")
    there = f" What you changed too: {', '.join(differing)}." if differing else ""
    return NotReady(
        f"newsletter.toml was changed meanwhile, so nothing was saved.{there}",
        cure="What you typed is still here: save again if it is right.",
    )


def _unix(text: str) -> str:
    return text.replace("\r\n", "\n")


def _settings_in(section: str) -> tuple[Setting, ...]:
    settings = explain_settings(_starter())
    return tuple(each for each in settings if each.table.partition(".")[0] == section)


def _stored_text(setting: Setting, value: object) -> str:
    return format_value(setting, value)


def _without_password(url: str) -> str:
    return _PASSWORD.sub(r"\1:…@", url)


@cache
def _starter() -> str:
    return (templates() / "starter" / FILE_NAME).read_text("utf-8")
