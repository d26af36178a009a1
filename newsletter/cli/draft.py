"""`draft`: make or refresh the next issue and print it."""

from __future__ import annotations

import datetime as dt
from typing import TYPE_CHECKING, Any

from newsletter.cli.invocation import Invocation, command, pass_invocation
from newsletter.cli.output import format_local_time, isoformat

if TYPE_CHECKING:
    from newsletter.context import NewsletterConfig
    from newsletter.editorial.draft import Draft
    from newsletter.models import Greeting, Hemisphere, Issue


@command()
@pass_invocation
def draft(invocation: Invocation) -> None:
    """Make or refresh the next issue from the posts waiting."""
    from newsletter.editorial.draft import draft_issues, draft_notes, first_due
    from newsletter.editorial.example import is_beginning
    from newsletter.storage.database.engine import snapshot

    context = invocation.open()
    rhythm_drafts = draft_issues(context)
    if rhythm_drafts[0].greeting_warning:
        invocation.say(rhythm_drafts[0].greeting_warning)
    first = first_due(rhythm_drafts)
    further = [other for other in rhythm_drafts if other is not first and other.issue]
    with snapshot(context.engine) as connection:
        drafts_with_notes = [
            (each, draft_notes(connection, context.config, each)) for each in (first, *further)
        ]
        is_first_ahead = is_beginning(connection)
    texts, documents = [], []
    for next_draft, notes in drafts_with_notes:
        texts.append(
            "\n".join(
                (
                    _format_draft(context.config, next_draft, context.clock()),
                    *(f"  note: {n}" for n in notes),
                )
            )
        )
        own_hemisphere = context.settings.newsletter.hemisphere
        documents.append(_draft_json(next_draft, own_hemisphere) | {"notes": list(notes)})
    if first.issue is None and is_first_ahead:
        invocation.say(
            "What the blog held when you began counts as read: `newsletter posts unskip ID` lets a "
            "post in, and `newsletter show next` shows an example of an issue."
        )
    document = documents[0]
    if further:
        document["also"] = documents[1:]
    invocation.print_result("\n\n".join(texts), document)


def _draft_json(next_draft: Draft, own_hemisphere: Hemisphere) -> dict[str, Any]:
    left_out = [{"title": post.title, "reason": reason} for post, reason in next_draft.left_out]
    if next_draft.issue is None:
        return {
            "issue": None,
            "reason": next_draft.reason,
            "left_out": left_out,
            "by_rule": next_draft.by_rule,
        }
    from newsletter.editorial.edit_request import changed_parts
    from newsletter.models import NO_EDITS

    issue = next_draft.issue
    greeting = issue.greeting(own_hemisphere)
    return {
        "issue": issue.number,
        "status": issue.status,
        "key": issue.key,
        "rhythm": issue.rhythm,
        "planned_for": isoformat(issue.planned_for),
        "subject": issue.subject,
        "preheader": issue.preheader,
        "intro": greeting.text if greeting else "",
        "intro_reason": greeting.reason if greeting else "",
        "season": _season_json(greeting),
        "posts": [
            {
                "id": post.id,
                "title": post.title,
                "url": post.url,
                "published": isoformat(post.published),
            }
            for post in issue.posts
        ],
        "own": list(changed_parts(NO_EDITS, issue.own_edits)),
        "left_out": left_out,
        "by_rule": next_draft.by_rule,
        "editions": list(next_draft.editions),
        "edited": [{"id": post.id, "title": post.title} for post in next_draft.edited],
        "reason": f"{next_draft.missed} {next_draft.voided}".strip(),
    }


def _season_json(greeting: Greeting | None) -> dict[str, str] | None:
    if greeting is None:
        return None
    season = greeting.season
    return {"name": season.name, "phase": season.phase, "hemisphere": season.hemisphere}


def _format_draft(config: NewsletterConfig, next_draft: Draft, now: dt.datetime) -> str:
    from newsletter.editorial.edit_request import changed_parts, join_parts
    from newsletter.editorial.pinned_edits import edits_sentence
    from newsletter.models import NO_EDITS
    from newsletter.scheduling.send_policy import describe_status

    left_out = [f"  left out: {post.title} ({reason})" for post, reason in next_draft.left_out]
    if next_draft.by_rule:
        posts = "post" if next_draft.by_rule == 1 else "posts"
        left_out.append(
            f"  left out by rule: {next_draft.by_rule} {posts} (`newsletter posts` says why)"
        )
    if next_draft.issue is None:
        return "\n".join((next_draft.reason, *left_out))
    issue = next_draft.issue
    greeting = issue.greeting(config.settings.newsletter.hemisphere)
    own = changed_parts(NO_EDITS, issue.own_edits)
    status = describe_status(
        issue,
        due=next_draft.target.due,
        approval=config.settings.issue.approval,
        veto_hours=config.settings.issue.veto_hours,
        readers=next_draft.readers,
        now=now,
        zone=config.zone,
    )
    due = format_local_time(issue.planned_for, config.zone)
    state = ", ".join((issue.status, "monthly") if next_draft.is_second else (issue.status,))
    lines = [
        *filter(None, (next_draft.missed, next_draft.voided)),
        f"Issue {issue.number} ({state}), due {due}",
        f"  {status.sentence}",
        f"  subject: {issue.subject}",
        f"  preheader: {issue.preheader}",
        *(
            [f"  {_greeting_label(config, issue)}: {greeting.text}"]
            if greeting and greeting.text
            else []
        ),
        *([f"  yours: {join_parts(own)} (`newsletter edit {issue.number}`)"] if own else []),
        *(f"  [{post.id}] {post.title}" for post in issue.posts),
        *left_out,
        *([f"  {edits_sentence(issue, next_draft.edited)}"] if next_draft.edited else []),
        f"  editions: {', '.join(next_draft.editions)}",
    ]
    return "\n".join(lines)


def _greeting_label(config: NewsletterConfig, issue: Issue) -> str:
    """Return the label of the greeting, which says when its language is not the newsletter's."""
    is_english = config.settings.newsletter.language.lower().partition("-")[0] == "en"
    is_ours = issue.greeting_override.kind != "text"
    return (
        "greeting (those that come with the program are English)"
        if (is_ours and not is_english)
        else "greeting"
    )
