"""`draft`: the next issue as it stands."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from newsletter.cli.invocation import Invocation, command, pass_invocation
from newsletter.cli.output import local, moment

if TYPE_CHECKING:
    from newsletter.context import Context
    from newsletter.editorial.draft import Draft
    from newsletter.models import Greeting, Hemisphere


@command()
@pass_invocation
def draft(frame: Invocation) -> None:
    """Make or refresh the next issue from the posts waiting."""
    from newsletter.editorial.draft import draft_issues, first_due

    context = frame.open()
    made = draft_issues(context)
    if made[0].greeting_warning:
        frame.say(made[0].greeting_warning)
    first = first_due(made)
    told = [_told(context, first)]
    told += [_told(context, one) for one in made if one is not first and one.issue]
    document = told[0][1]
    if len(told) > 1:
        document["also"] = [further for _, further in told[1:]]
    frame.result("\n\n".join(text for text, _ in told), document)


def _told(context: Context, made: Draft) -> tuple[str, dict[str, Any]]:
    """The draft as text and as the JSON scripts rely on."""
    from newsletter.editorial.editions import notes_on

    notes = notes_on(context, made.issue) if made.issue else ()
    text = "\n".join((_text(context, made), *(f"  note: {note}" for note in notes)))
    document = _json(made, context.settings.newsletter.hemisphere)
    return text, document | {"notes": list(notes)}


def _json(made: Draft, own: Hemisphere) -> dict[str, Any]:
    left_out = [{"title": post.title, "reason": why} for post, why in made.left_out]
    if made.issue is None:
        return {"issue": None, "reason": made.reason, "left_out": left_out, "by_rule": made.by_rule}
    issue = made.issue
    greeting = issue.greeting(own)
    return {
        "issue": issue.number,
        "status": issue.status,
        "key": issue.key,
        "rhythm": issue.rhythm,
        "planned_for": moment(issue.planned_for),
        "subject": issue.subject,
        "preheader": issue.preheader,
        "intro": greeting.text if greeting else "",
        "intro_reason": greeting.reason if greeting else "",
        "season": _season(greeting),
        "posts": [
            {"id": p.id, "title": p.title, "url": p.url, "published": moment(p.published)}
            for p in issue.posts
        ],
        "left_out": left_out,
        "by_rule": made.by_rule,
        "editions": list(made.editions),
        "reason": made.voided,
    }


def _season(greeting: Greeting | None) -> dict[str, str] | None:
    if greeting is None:
        return None
    season = greeting.season
    return {"name": season.name, "phase": season.phase, "hemisphere": season.hemisphere}


def _text(context: Context, made: Draft) -> str:
    left_out = [f"  left out: {post.title} ({why})" for post, why in made.left_out]
    if made.by_rule:
        posts = "post" if made.by_rule == 1 else "posts"
        left_out.append(f"  left out by rule: {made.by_rule} {posts} (`newsletter posts` says why)")
    if made.issue is None:
        return "\n".join((made.reason, *left_out))
    issue = made.issue
    greeting = issue.greeting(context.settings.newsletter.hemisphere)
    due = local(issue.planned_for, context.zone)
    about = [issue.status, *(["monthly"] if made.is_second else [])]
    lines = [
        *([made.voided] if made.voided else []),
        f"Issue {issue.number} ({', '.join(about)}), due {due}",
        f"  subject: {issue.subject}",
        f"  preheader: {issue.preheader}",
        *([f"  greeting: {greeting.text}"] if greeting and greeting.text else []),
        *(f"  {post.id}. {post.title}" for post in issue.posts),
        *left_out,
        f"  editions: {', '.join(made.editions)}",
    ]
    return "\n".join(lines)
