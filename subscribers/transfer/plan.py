"""Decide what each column of a file is, and what to ask the author before anything is stored.

The plan is made of the header, the file's name and the author's answers alone; the first rows
only serve to show examples, and to see whether a column named “statut” holds words we know.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from subscribers.errors import ImportRejected, excerpt
from subscribers.models import ImportAnswers, ImportQuestion, ImportReport, Status
from subscribers.transfer import formats
from subscribers.transfer.cells import is_like_date
from subscribers.transfer.formats import (
    Format,
    NameSays,
    is_non_subscriber_file,
    is_sendy_file,
    normalise_heading,
    read_file_name,
)
from subscribers.transfer.marketing_programs import MARKETING_PROGRAMS
from subscribers.transfer.newsletter_programs import NEWSLETTER_PROGRAMS
from subscribers.transfer.status_columns import (
    ReadStatus,
    looks_like_status,
    meaning_of,
    status_reader,
)

FORMATS = (*NEWSLETTER_PROGRAMS, *MARKETING_PROGRAMS)
_EXAMPLES = 3
_SENDY = next(known for known in FORMATS if known.name == "Sendy")


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusColumn:
    """A column that says something about a person's status."""

    index: int
    #: Its header, as the file has it.
    heading: str
    read: ReadStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class ImportPlan:
    """What each column of a file is."""

    format: Format
    #: The index of the column of each of our fields.
    indexes: Mapping[str, int]
    statuses: tuple[StatusColumn, ...]
    #: The least that everybody in the file is, by its name or by the author's word.
    default: Status
    #: Columns of which one must be filled, or it is unknown whether the person signed up.
    evidence: tuple[int, ...]
    #: Whether the column of sign-up dates may hold a yes or no, which must not be passed over.
    doubts_sign_up: bool
    #: Whether hemispheres are guessed from places.
    guesses_hemisphere: bool
    #: The headers that are not read, as the file has them.
    unread: tuple[str, ...]
    #: What the author should know, as sentences.
    notes: tuple[str, ...]


def has_address_column(header: Sequence[str]) -> bool:
    """Return whether a line of cells names a column with addresses."""
    headings = [normalise_heading(cell) for cell in header]
    known = formats.detect_format(FORMATS, headings)
    return "email" in formats.column_indexes(known, headings)


def plan_import(
    header: Sequence[str],
    file_name: str,
    answers: ImportAnswers,
    *,
    skip_bad: bool,
    has_header: bool,
    examples: Callable[[int], Sequence[str]],
) -> ImportPlan:
    """Return the plan for a file with this header.

    `examples` returns the first different values of a column. Raise ImportRejected for a
    question that only the author can answer.
    """
    headings = [normalise_heading(cell) for cell in header]
    known = _detect(headings, file_name, has_header=has_header)
    if is_non_subscriber_file(file_name) and not answers.status:
        raise _reject(
            f"{file_name} lists people who never signed up for a newsletter.",
            "Import the file that begins with “subscribed” instead.",
        )
    named = _name_indexes(header, headings, answers.status_columns, "--status-column")
    ignored = _name_indexes(header, headings, answers.ignored_columns, "--ignore-column")
    indexes = {
        name: index
        for name, index in formats.column_indexes(known, headings).items()
        if name == "email" or (index not in ignored and index not in named)
    }
    signed_up = indexes.get("signed_up_at")
    # “Subscribed” may be a date or a yes: only a date is no status.
    doubtful = signed_up is not None and looks_like_status(headings[signed_up])
    if signed_up is not None and doubtful and not all(map(is_like_date, examples(signed_up))):
        del indexes["signed_up_at"]
    statuses = tuple(
        StatusColumn(index=index, heading=header[index].strip(), read=reader)
        for index, heading in enumerate(headings)
        if index not in ignored
        and (reader := _status_reader(known, heading, named=index in named, at=index, used=indexes))
    )
    statuses = _drop_strange_words(statuses, headings, known, named, examples, skip_bad=skip_bad)
    used = {*indexes.values(), *(column.index for column in statuses)}
    unread = [index for index in range(len(header)) if index not in used]
    for index in unread:
        if (
            index not in ignored
            and headings[index] not in known.harmless
            and looks_like_status(headings[index])
        ):
            raise _ask_about_column(header[index], examples(index))
    default, note = _default_status(known, headings, file_name, answers, has_status=bool(statuses))
    bare = _bare_list(header, note, has_header=has_header)
    evidence = tuple(headings.index(name) for name in known.sign_up_evidence if name in headings)
    sure = answers.status or statuses or note
    return ImportPlan(
        format=known,
        indexes=indexes,
        statuses=statuses,
        default=default,
        evidence=() if sure else evidence,
        doubts_sign_up=doubtful,
        guesses_hemisphere="hemisphere" not in indexes
        and not indexes.keys().isdisjoint(("latitude", "timezone", "country")),
        unread=tuple(excerpt(header[index]) or f"column {index + 1}" for index in unread),
        notes=tuple(
            filter(None, (note, known.caveat, "" if statuses else known.silent_caveat, bare))
        ),
    )


def _detect(headings: Sequence[str], file_name: str, *, has_header: bool) -> Format:
    if has_header:
        return formats.detect_format(FORMATS, headings, file_name)
    by_name = formats.detect_format(FORMATS, (), file_name)
    if len(headings) > 1 or is_sendy_file(file_name):
        return _SENDY if by_name is formats.PLAIN else by_name
    return by_name


def _status_reader(
    known: Format, heading: str, *, named: bool, at: int, used: Mapping[str, int]
) -> ReadStatus | None:
    """Return how to read a column about the status, None for a column about anything else."""
    if named:
        return status_reader(known.statuses.get(heading, meaning_of(heading)), known.words)
    if at in used.values() and heading not in known.statuses:
        return None
    if heading in known.statuses:
        return status_reader(known.statuses[heading], known.words)
    if not known.name and heading in formats.STATUS_HEADINGS:
        return status_reader("word", known.words)
    return None


def _drop_strange_words(
    statuses: tuple[StatusColumn, ...],
    headings: Sequence[str],
    known: Format,
    named: frozenset[int],
    examples: Callable[[int], Sequence[str]],
    *,
    skip_bad: bool,
) -> tuple[StatusColumn, ...]:
    """Return the columns whose words we know, in a file of nobody in particular.

    With --skip-bad a strange word under “status” rejects its line alone.
    """
    if known.name:
        return statuses
    return tuple(
        column
        for column in statuses
        if column.index in named
        or (headings[column.index] == "status" and skip_bad)
        or all(column.read(value) for value in examples(column.index))
    )


def _default_status(
    known: Format,
    headings: Sequence[str],
    file_name: str,
    answers: ImportAnswers,
    *,
    has_status: bool,
) -> tuple[Status, str]:
    """Return what everybody in the file is at least, and the sentence that says why."""
    if answers.status:
        return answers.status, ""
    says = read_file_name(file_name)
    if says is not None and (says.certain or known.name):
        note = f"The file's name says “{says.word}”: everybody in it counts as {says.status}."
        return says.status, "" if has_status and says.status == "active" else note
    for heading, status in known.telling_headings.items():
        if heading in headings:
            return status, ""
    if has_status and (not known.needs or not known.needs.isdisjoint(headings)):
        return "active", ""
    if says is not None:
        raise _ask_about_name(file_name, says)
    if known.asks:
        raise _ask_about_file(known)
    return "active", ""


def _bare_list(header: Sequence[str], note: str, *, has_header: bool) -> str:
    if has_header or len(header) > 1 or note:
        return ""
    return "It is a bare list of addresses, which does not say who left or bounced."


def _name_indexes(
    header: Sequence[str], headings: Sequence[str], names: Sequence[str], option: str
) -> frozenset[int]:
    indexes: set[int] = set()
    for name in names:
        places = [at for at, heading in enumerate(headings) if heading == normalise_heading(name)]
        if not places:
            columns = ", ".join(f"“{excerpt(cell)}”" for cell in header[:12])
            raise _reject(
                f"{option}: no column is called “{excerpt(name)}”.", f"There are: {columns}."
            )
        indexes.update(places)
    return frozenset(indexes)


def _ask_about_column(heading: str, values: Sequence[str]) -> ImportRejected:
    examples = [f"“{excerpt(value)}”" for value in values[:_EXAMPLES]]
    holds = f"It holds {', '.join(examples)}." if examples else "It is empty in the first lines."
    name = excerpt(heading)
    quoted = f'"{name}"' if " " in name else name
    return _reject(
        f"Nothing was imported: the column “{name}” may say who left, and we do not understand "
        f"it. {holds}",
        f"If it is about the status, import with --status-column {quoted}; if it says nothing "
        f"about who may be written to, with --ignore-column {quoted}.",
        ImportQuestion(column=heading.strip(), examples=tuple(values[:_EXAMPLES])),
    )


def _ask_about_name(file_name: str, says: NameSays) -> ImportRejected:
    return _reject(
        f"Nothing was imported: {file_name} is called “{says.word}”, and no column says who may "
        "be written to.",
        f"Import it with --status {says.status} if that is meant, or with --status active.",
        ImportQuestion(),
    )


def _ask_about_file(known: Format) -> ImportRejected:
    return _reject(
        f"Nothing was imported: this looks like an export of {known.name}, and neither a column "
        "nor the file's name says whether its people are active, unsubscribed or bounced.",
        f"{known.asks}; or say it for all of them: --status active, --status unsubscribed …",
        ImportQuestion(),
    )


def _reject(message: str, cure: str, question: ImportQuestion | None = None) -> ImportRejected:
    return ImportRejected(message, cure=cure, report=ImportReport(), question=question)
