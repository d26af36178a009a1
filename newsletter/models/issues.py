"""Issues and their editions, and the letterhead: the settings that a reader sees in every issue."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Literal

from newsletter.models.posts import NO_HTML, Post, SafeHtml
from newsletter.models.seasons import AUTO_GREETING, Greeting, GreetingOverride, Hemisphere

Layout = Literal["digest", "full", "letter"]
Rhythm = Literal["weekly", "fortnightly", "monthly"]
IssueStatus = Literal["draft", "approved", "frozen", "sending", "stopped", "sent", "cancelled"]
#: How an issue shows a post: first, as the others, or by its title only.
Treatment = Literal["lead", "card", "title"]
#: Whose link unsubscribes a reader: our own site's, SendGrid's, or a letter to the mailbox.
UnsubscribeWay = Literal["own", "sendgrid", "mailto"]
#: Where readers choose what they get: on our own site, at SendGrid, or nowhere.
PreferencesPlace = Literal["site", "sendgrid", ""]


@dataclass(frozen=True, slots=True, kw_only=True)
class Theme:
    """How issues look. The season decides on everything left out."""

    #: Colours by name of the palette, as #rrggbb.
    light: tuple[tuple[str, str], ...] = ()
    dark: tuple[tuple[str, str], ...] = ()
    #: A CSS list of fonts.
    text_font: str = ""
    heading_font: str = ""
    #: The URL of the picture.
    logo: str = ""
    logo_alt: str = ""
    #: In CSS pixels.
    logo_width: int = 160


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """The settings that a reader sees in every issue."""

    title: str
    author: str
    blog: str
    postal_address: str
    sign_off: str
    #: With {name} for the reader's first name; "" for no salutation.
    salutation: str = ""
    #: For readers without a name; None for the default.
    salutation_nameless: str | None = None
    language: str = "en"
    timezone: str = "UTC"
    body: Literal["excerpt", "full", "title"] = "excerpt"
    layout: Layout = "digest"
    theme: Theme = Theme()
    #: The public site's address without a slash at its end, "" if there is no site.
    site: str = ""
    unsubscribe: UnsubscribeWay = "own"
    preferences: PreferencesPlace = "site"


@dataclass(frozen=True, slots=True, kw_only=True)
class Race:
    """A race that the author runs."""

    name: str
    #: The day of the race where it is run.
    day: date
    place: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OwnEdits:
    """The author's own words and order for one issue. Stored as JSON, field by field.

    They name posts by id. What they say of a post that is not in the issue counts again once it
    is back.
    """

    #: "" for the one that is made from the posts.
    subject: str = ""
    #: "" for the one that is made from the posts.
    preheader: str = ""
    #: Markdown.
    note: str = ""
    #: The posts that come first, in this order; the others follow, newest first.
    order: tuple[int, ...] = ()
    #: Each post's excerpt in the author's words.
    excerpts: tuple[tuple[int, str], ...] = ()
    treatments: tuple[tuple[int, Treatment], ...] = ()
    #: The URL of the picture that stands for a post instead of its first, "" for none.
    pictures: tuple[tuple[int, str], ...] = ()
    #: Posts that are in the issue although they are young, held, many or of before the start.
    pulled_in: tuple[int, ...] = ()
    #: Posts that wait for a later issue.
    held_back: tuple[int, ...] = ()
    #: How the issue opens.
    greeting: GreetingOverride = AUTO_GREETING

    def excerpt(self, post_id: int) -> str:
        """Return the author's excerpt of a post, "" if there is none."""
        return dict(self.excerpts).get(post_id, "")

    def treatment(self, post_id: int) -> Treatment | None:
        """Return how the author wants a post shown, None if they did not say."""
        return dict(self.treatments).get(post_id)


NO_EDITS = OwnEdits()


@dataclass(frozen=True, slots=True, kw_only=True)
class BeforeRelease:
    """What an issue was before it was let go, to which it returns when that is undone.

    Stored as JSON, field by field.
    """

    status: IssueStatus
    approved_hash: str
    void_reason: str
    missed_for: datetime | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Issue:
    """One week's or month's newsletter, for all readers."""

    #: The ISO week (`2026-W48`) or month (`2026-M11`) in the author's zone.
    key: str
    number: int
    #: When the issue is due.
    planned_for: datetime
    created_at: datetime
    id: int = 0
    rhythm: Rhythm = "weekly"
    status: IssueStatus = "draft"
    subject: str = ""
    preheader: str = ""
    #: One greeting for each hemisphere.
    greetings: tuple[Greeting, ...] = ()
    #: The next races of the author.
    races: tuple[Race, ...] = ()
    own_edits: OwnEdits = NO_EDITS
    #: The own edits before these, oldest first: what can be undone.
    earlier_edits: tuple[OwnEdits, ...] = ()
    #: The own edits that were undone, the next to redo first.
    later_edits: tuple[OwnEdits, ...] = ()
    #: A few words of the author, below the greeting, made from the Markdown of `own_edits`.
    note: SafeHtml = NO_HTML
    posts: tuple[Post, ...] = ()
    #: The content hash that the approval is tied to.
    approved_hash: str = ""
    #: In the second rhythm: since when the issue repeats posts of the newsletter's own.
    since: datetime | None = None
    #: When a notice of the draft, with what it holds, was accepted for the author.
    noticed_at: datetime | None = None
    #: Why an approval became void, as a clause; "" if none did since the last one.
    void_reason: str = ""
    #: When the issue was due and its day passed unsent; None if it did not, or was approved since.
    missed_for: datetime | None = None
    #: When it is let go because the author chose "send now", by the real clock; None otherwise.
    #: Only an approved issue that is not frozen has it.
    release_at: datetime | None = None
    before_release: BeforeRelease | None = None
    frozen_at: datetime | None = None
    sent_at: datetime | None = None
    #: How many readers get nothing, because no post is of the topics they chose.
    passed_over: int = 0

    @property
    def void_sentence(self) -> str:
        """Why the approval no longer holds, as a sentence; "" if it does or there was none."""
        if not self.void_reason:
            return ""
        return f"The approval of issue {self.number} is void: {self.void_reason}."

    @property
    def greeting_override(self) -> GreetingOverride:
        """How the author wants the issue to open."""
        return self.own_edits.greeting

    def greeting(self, hemisphere: Hemisphere) -> Greeting | None:
        """Return the greeting for readers of that hemisphere, None if none was chosen."""
        return next((g for g in self.greetings if g.season.hemisphere == hemisphere), None)


@dataclass(frozen=True, slots=True, kw_only=True)
class Edition:
    """An issue rendered for one group of readers."""

    #: The group: `north` gets every post, `north+races` the posts of one topic only.
    key: str
    hemisphere: Hemisphere
    #: The issue's number.
    issue: int
    subject: str
    preheader: str
    #: The HTML part, with merge tags.
    html: str
    #: The plain-text part, with merge tags.
    text: str
    mjml: str
    #: The prefix of the merge tags; see `newsletter.merge`.
    nonce: str
    content_hash: str
    topics: tuple[str, ...] = ()
    #: The ids of the posts it shows, () for all of the issue's.
    posts: tuple[int, ...] = ()
