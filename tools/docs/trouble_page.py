"""The page of all messages that name a cure, grouped by what they are about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tools.docs.markdown import code, escape
from tools.docs.messages import Message, collect_messages, pattern

HEAD = """\
# Trouble, by its message

Every message of the program that wants something done, with what to do. Look for a few words of yours: with the search of the browser (Ctrl-F), or with the search of this site. An ellipsis (…) stands for what is different each time: a name, an address, a number.

Two commands look everything over and name what is wrong with its cure: `newsletter doctor` the installation (settings, mail server, DNS, site, timer), `newsletter check next` the next issue. [The exit codes](commands.md#exit-codes) say how a command ended. Whatever ends in a Python traceback is a fault of ours: please report it.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """A part of the page: the messages of some modules, under a heading."""

    heading: str
    #: What helps with all of them, as Markdown.
    words: str
    #: What the paths of their modules begin with.
    paths: tuple[str, ...]


SUBJECTS = (
    Subject(
        heading="Settings, secrets and folders",
        words="[Settings](settings.md) lists every key with its values and its default. Nothing "
        "is sent while a setting is wrong.",
        paths=("newsletter/config", "newsletter/app.py", "newsletter/addressing"),
    ),
    Subject(
        heading="Making a newsletter",
        words="`newsletter init` loses no answer: type the one it asks about anew. In a script, "
        "each question has an option.",
        paths=("newsletter/setup", "newsletter/cli/init", "newsletter/demo"),
    ),
    Subject(
        heading="Reading the blog",
        words="A feed that cannot be read costs no post: each run tries it again, and what came "
        "up meanwhile is found then. `newsletter feeds list` shows how the last reading went.",
        paths=("newsletter/reader", "newsletter/collecting", "newsletter/cli/feeds"),
    ),
    Subject(
        heading="The issue and your own words for it",
        words="`newsletter draft` shows what the next issue holds, and why a post is not in it.",
        paths=("newsletter/editorial", "newsletter/composer", "newsletter/cli/edit"),
    ),
    Subject(
        heading="Findings of newsletter check",
        words="An error holds the issue back, a warning does not. Each finding has a rule, and "
        "`newsletter send ISSUE --force RULE` sends all the same; `settings` and `template` "
        "cannot be forced.",
        paths=("newsletter/composer/checks", "newsletter/editorial/checks"),
    ),
    Subject(
        heading="Findings of newsletter doctor",
        words="`newsletter doctor` sends nothing. In brackets the name that `--json` gives a "
        "finding.",
        paths=("newsletter/doctor",),
    ),
    Subject(
        heading="Sending",
        words="Who got what is written down before anything leaves, so nothing goes out twice by "
        "running a command again. [How it sends once](sending-once.md) shows why.",
        paths=(
            "newsletter/sender",
            "newsletter/delivery",
            "newsletter/pipeline",
            "newsletter/scheduling",
            "newsletter/cli/send",
            "newsletter/cli/resolve",
        ),
    ),
    Subject(
        heading="Bounces and requests that come by mail",
        words="[Bounces and unsubscribing by mail](bounces.md) shows how a mailbox is set up.",
        paths=("newsletter/mailbox", "newsletter/notices"),
    ),
    Subject(
        heading="The list of readers",
        words="An import stops before anything is stored, or goes in whole. "
        "[Moving your list here](moving.md) goes through the exports of other services.",
        paths=("subscribers", "newsletter/subscriptions", "newsletter/cli/subscribers"),
    ),
    Subject(
        heading="Database, backups and upgrades",
        words="[Keep it safe](keeping-safe.md) shows how to put a copy back.",
        paths=("newsletter/storage", "newsletter/backup"),
    ),
    Subject(
        heading="The desk and the readers' site",
        words="[The server page](server.md) has the lines for Caddy and nginx.",
        paths=("newsletter/desk", "newsletter/site", "newsletter/wsgi"),
    ),
    Subject(heading="The timer", words="", paths=("newsletter/timer",)),
    Subject(
        heading="Other commands",
        words="`newsletter COMMAND --help` shows what a command takes.",
        paths=("newsletter",),
    ),
)


def trouble_page() -> str:
    """Return the page as Markdown."""
    by_subject: dict[str, list[Message]] = {}
    for message in collect_messages()[0]:
        by_subject.setdefault(subject_of(message.path).heading, []).append(message)
    return "\n".join([HEAD, *_sections(by_subject)])


def subject_of(path: str) -> Subject:
    """Return the subject of a module: the one that names the longest beginning of its path."""
    fitting = [
        (len(start), subject)
        for subject in SUBJECTS
        for start in subject.paths
        if path.startswith(start)
    ]
    return max(fitting, key=lambda pair: pair[0])[1]


def _sections(by_subject: dict[str, list[Message]]) -> Iterator[str]:
    for subject in SUBJECTS:
        messages = by_subject.get(subject.heading, [])
        if not messages:
            continue
        yield f"## {subject.heading}\n"
        if subject.words:
            yield f"{subject.words}\n"
        cures: dict[str, list[str]] = {}
        for message in messages:
            mark = f" ({code(message.rule)})" if message.rule else ""
            cures.setdefault(f"**{escape(_line(message.text))}**{mark}", []).append(
                escape(_line(message.cure))
            )
        for text, advice in cures.items():
            yield f"- {text}  "
            yield f"  {' Or: '.join(_different(advice))}\n"


def _different(texts: list[str]) -> list[str]:
    """Return the texts without those that another one says with a gap."""
    unique = list(dict.fromkeys(texts))
    return [
        text
        for text in unique
        if not any(other != text and pattern(other).fullmatch(text) for other in unique)
    ]


def _line(text: str) -> str:
    return " ".join(text.split())
