"""Check what an inbox shows of a message: subject, preheader and the sender's name.

Lengths follow https://www.emailtooltester.com/en/blog/email-subject-lines-character-limit/;
"Re:" and emoji follow Gmail's sender guidelines (https://support.google.com/a/answer/81126).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from newsletter.composer.checks.proof import Finding, Proof, error, warning
from newsletter.composer.subject_and_preheader import (
    PREHEADER_LONGEST,
    PREHEADER_SHORTEST,
    SUBJECT_LENGTH,
)
from newsletter.text import calm, has_emoji, one_line

_SUBJECT = "in the subject"
_PREHEADER = "in the preheader"
_REPLY = re.compile(r"\s*(?:re|fwd?|aw|wg|sv|tr)\s*:", re.IGNORECASE)
# Share of capitals that counts as shouting, in subjects of at least _SHOUTING_LETTERS letters.
_SHOUTING = 0.7
_SHOUTING_LETTERS = 8
_OWN_WORDS = "Change it with `newsletter edit`, or by `subject` under [issue]."
# Phrases typical of advertising that a running blog might use too.
_SPAM = re.compile(
    r"100% free|act now|additional income|as seen on|be your own boss|best price|buy now|"
    r"call now|cash bonus|click below|click here|congratulations you|double your|earn \$|"
    r"eliminate debt|extra cash|fast cash|free gift|free money|free trial|get paid|guaranteed|"
    r"increase sales|instant access|limited time|lose weight fast|lowest price|make money|"
    r"million dollars|miracle|money back|no catch|no cost|no obligation|no risk|offer expires|"
    r"once in a lifetime|order now|pre-approved|risk[- ]free|satisfaction guaranteed|"
    r"special promotion|this is not spam|urgent|what are you waiting for|while supplies last|"
    r"winner|you have been selected|you won",
    re.IGNORECASE,
)


def check_first_lines(proof: Proof) -> Iterator[Finding]:
    """Yield findings on the subject and the preheader."""
    subject = proof.edition.subject
    yield from _subject(subject)
    yield from _tone(subject)
    yield from _preheader(proof.edition.preheader, subject)


def check_from_name(name: str) -> Iterator[Finding]:
    """Yield a warning if the From name has an emoji."""
    if has_emoji(name):
        yield warning(
            "from-name",
            "in the sender's name",
            "It has an emoji; Gmail takes that for a trick and wants the name alone.",
            "Leave it out of `from` under [newsletter].",
        )


def _subject(subject: str) -> Iterator[Finding]:
    if not subject.strip():
        yield error("subject", _SUBJECT, "The message has no subject.", _OWN_WORDS)
    if one_line(subject) != subject:
        yield error(
            "subject",
            _SUBJECT,
            "The subject holds a line end, invisible characters or spaces too many.",
            _OWN_WORDS,
        )
    if len(subject) > SUBJECT_LENGTH:
        yield warning(
            "subject-length",
            _SUBJECT,
            f"It has {len(subject)} characters; most phones show {SUBJECT_LENGTH} at most.",
            _OWN_WORDS,
        )
    if _REPLY.match(subject):
        yield warning(
            "subject",
            _SUBJECT,
            "It looks like an answer or a forwarded message, which mail services punish.",
            _OWN_WORDS,
        )


def _tone(subject: str) -> Iterator[Finding]:
    if calm(subject) != subject:
        yield warning(
            "subject-emoji",
            _SUBJECT,
            "It has more than one emoji, or starts with one; screen readers speak each in full.",
            _OWN_WORDS,
        )
    letters = [letter for letter in subject if letter.isalpha()]
    capitals = sum(letter.isupper() for letter in letters)
    if len(letters) >= _SHOUTING_LETTERS and capitals > _SHOUTING * len(letters):
        yield warning("subject-shouting", _SUBJECT, "It is almost all capitals.", _OWN_WORDS)
    if re.search(r"[!?]{3,}|[$€£]{2,}", subject):
        yield warning("subject-shouting", _SUBJECT, "It repeats its !, ? or $.", _OWN_WORDS)
    phrase = _SPAM.search(subject)
    if phrase:
        yield warning(
            "spam-phrase",
            _SUBJECT,
            f"“{phrase[0]}” is a phrase spam filters know from advertising.",
            _OWN_WORDS,
        )


def _preheader(preheader: str, subject: str) -> Iterator[Finding]:
    cure = "Change it with `newsletter edit`, or by `preheader` under [issue]."
    if not preheader:
        problem = "There is none, so inboxes show the first words they find."
        yield warning("preheader", _PREHEADER, problem, cure)
    elif preheader == subject:
        yield warning("preheader", _PREHEADER, "It only repeats the subject.", cure)
    elif not PREHEADER_SHORTEST <= len(preheader) <= PREHEADER_LONGEST:
        yield warning(
            "preheader",
            _PREHEADER,
            f"It has {len(preheader)} characters; {PREHEADER_SHORTEST} to {PREHEADER_LONGEST} "
            "read best.",
            cure,
        )
    phrase = _SPAM.search(preheader)
    if phrase:
        problem = f"“{phrase[0]}” is a phrase spam filters know from advertising."
        yield warning("spam-phrase", _PREHEADER, problem, cure)
