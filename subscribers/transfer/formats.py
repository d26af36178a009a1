"""Describe how a newsletter program exports people, and detect which one wrote a file.

newsletter_programs.py and marketing_programs.py have the tables of programs; this module has
the shape of their rows and our own column names. A file is recognised by its headers, or by
its name where the headers are nobody's in particular. Several programs write one file for each
state and no column that tells it: Mailchimp (`unsubscribed_email_audience_export_….csv`), Sendy
(`list-marked-as-spam.csv`), Revue, and mostly Campaign Monitor and MailerLite. Then the name says
whose addresses the file holds.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from subscribers.models import Status

#: How the cells of a status column are read. `word`: a word such as “active”. `left`,
#: `bounced`, `complained`: any cell but an empty or negative one says so. `opt_in`: a yes, or
#: the person left. `confirmed`: a yes or a time, or the person never confirmed. `reason`: a
#: reason for leaving, which counts where it is a complaint.
Meaning = Literal[
    "word", "left", "bounced", "complained", "opt_in", "confirmed", "unconfirmed", "reason"
]

#: Our fields and the headers they have in files of nobody in particular, the best first.
COLUMNS: Mapping[str, tuple[str, ...]] = {
    "email": (
        "email",
        "email_address",
        "e_mail",
        "e_mail_address",
        "e_mail_1_value",
        "mail",
        "mail_address",
        "subscriber_email",
        "user_email",
        "emailaddress",
        "e_mail_adresse",
        "email_adresse",
        "emailadresse",
        "mailadresse",
        "adresse_e_mail",
        "adresse_email",
        "adresse_mail",
        "adresse_electronique",
        "courriel",
        "correo",
        "correo_electronico",
        "direccion_de_correo_electronico",
        "direccion_de_correo",
        "indirizzo_email",
        "indirizzo_e_mail",
        "indirizzo_mail",
        "posta_elettronica",
        "e_mailadres",
        "emailadres",
        "mailadres",
        "endereco_de_email",
        "endereco_de_e_mail",
        "endereco_email",
        "correio_eletronico",
    ),
    "name": (
        "name",
        "full_name",
        "fullname",
        "display_name",
        "vollstandiger_name",
        "nom_complet",
        "nombre_completo",
        "nome_completo",
        "volledige_naam",
        "naam",
    ),
    "first_name": (
        "first_name",
        "firstname",
        "given_name",
        "vorname",
        "prenom",
        "nombre",
        "nome",
        "voornaam",
        "primeiro_nome",
    ),
    "last_name": (
        "last_name",
        "lastname",
        "surname",
        "family_name",
        "nachname",
        "nom_de_famille",
        "nom",
        "apellido",
        "apellidos",
        "cognome",
        "achternaam",
        "sobrenome",
        "apelido",
    ),
    "hemisphere": ("hemisphere",),
    "rhythm": ("rhythm",),
    "topics": ("topics",),
    "tags": ("tags",),
    "confirmed_at": ("confirmed_at",),
    "signed_up_at": (
        "signed_up_at",
        "subscribed_at",
        "subscribed_on",
        "date_subscribed",
        "subscription_date",
        "sign_up_date",
        "signup_date",
        "created_at",
        "date_added",
        "date_created",
    ),
    "source": ("source",),
    # Of this program alone: what the person's links hold.
    "link_id": ("link_id",),
    "old_link_number": ("old_link_number",),
    "link_seal": ("link_seal",),
}
#: Our own status column, and what it is called elsewhere.
STATUS_HEADINGS = ("status", "statut", "estado", "estatus", "stato", "situacao")
#: What to do in a program that exports one state at a time.
ONE_FILE_FOR_EACH_STATE = (
    "Export each state to a file of its own, and let the file's name say which it is"
)
_NEVER_SIGNED_UP = re.compile(r"\b(?:non ?subscribed|transactional)\b")
# Words that leave no doubt, then words that a name may also hold for another reason
# (“newsletter-cleaned.csv” may be the author's own tidy list).
_CERTAIN: tuple[tuple[Status, re.Pattern[str]], ...] = (
    ("complained", re.compile(r"\b(?:marked as spam|complain\w*|spam complaints?)\b")),
    ("bounced", re.compile(r"\b(?:bounced|bounces|hard bounces?|undeliverable)\b")),
    (
        "unsubscribed",
        re.compile(
            r"\b(?:unsubscri\w*|unsubs?|opted? out|optouts?|suppress\w*|blacklist\w*|"
            r"blocklist\w*|abgemeldet\w*|abmeldungen|desabonne\w*|desinscrit\w*|bajas|"
            r"disiscritt\w*|afgemeld\w*|uitgeschreven|descadastrad\w*)\b"
        ),
    ),
    ("pending", re.compile(r"\b(?:unconfirmed|unactivated|not confirmed)\b")),
    ("active", re.compile(r"\b(?:active|subscribed|confirmed)\b")),
)
_LIKELY: tuple[tuple[Status, re.Pattern[str]], ...] = (
    ("complained", re.compile(r"\b(?:spam|junk)\b")),
    ("bounced", re.compile(r"\b(?:cleaned|invalid)\b")),
    ("unsubscribed", re.compile(r"\b(?:inactive|deleted|removed|blocked|cancell?ed)\b")),
    ("pending", re.compile(r"\bpending\b")),
)
_SENDY = re.compile(r" (?:active|unconfirmed|unsubscribed|bounced|marked as spam|all)$")


@dataclass(frozen=True, slots=True, kw_only=True)
class Format:
    """How one program exports people."""

    name: str
    #: Groups of headers: a file with all headers of any group has this format.
    signatures: tuple[frozenset[str], ...] = ()
    #: A file whose name matches has this format, if no headers say otherwise.
    file_name: re.Pattern[str] | None = None
    #: A field of ours to its headers, the best first; in place of those of COLUMNS. Besides
    #: our fields: `latitude`, `timezone` and `country`, which tell the hemisphere.
    columns: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    #: The headers of its status columns. All that a file has are read; the gravest wins.
    statuses: Mapping[str, Meaning] = field(default_factory=lambda: {"status": "word"})
    #: Its word for a status to ours.
    words: Mapping[str, Status] = field(default_factory=dict)
    #: Headers that look like a status and say nothing about whether a person may be mailed.
    harmless: frozenset[str] = frozenset()
    #: Its files say by their names whose they are: without a status column and such a name,
    #: the author is asked. The text says what to do in that program.
    asks: str = ""
    #: Headers of which a file must have one, or the author is asked: the program lets people
    #: choose the columns.
    needs: frozenset[str] = frozenset()
    #: Headers that only the file of such people has.
    telling_headings: Mapping[str, Status] = field(default_factory=dict)
    #: Headers of which one is filled for everybody who signed up, where a file's name does
    #: not say whose it is.
    sign_up_evidence: tuple[str, ...] = ()
    #: What its export does not tell, as a sentence for the author.
    caveat: str = ""
    #: What an export without a status column does not tell.
    silent_caveat: str = ""
    #: Whether 03/04/2025 is the third of April; None if its dates are not written so.
    day_first: bool | None = None


PLAIN = Format(name="")


def fold(text: str) -> str:
    """Return a text for comparison: lower case, without accents, one space between words."""
    plain = unicodedata.normalize("NFKD", text.replace("ß", "ss").casefold())
    letters = "".join(char for char in plain if not unicodedata.combining(char))
    return " ".join(re.sub(r"[\s_-]+", " ", letters).split())


def normalise_heading(text: str) -> str:
    """Return a header for comparison: `Email Address` and `EMAIL-ADDRESS` become one."""
    return fold(text.strip().strip("\ufeff")).replace(" ", "_")


def detect_format(
    formats: Sequence[Format], headings: Sequence[str], file_name: str = ""
) -> Format:
    """Return the format of a file with these normalised headers; PLAIN if it is unknown."""
    present = frozenset(headings)
    for known in formats:
        if any(signature <= present for signature in known.signatures):
            return known
    for known in formats:
        if known.file_name is not None and known.file_name.search(file_name):
            return known
    return PLAIN


def column_indexes(file_format: Format, headings: Sequence[str]) -> dict[str, int]:
    """Return the index of the column of each of our fields that the file has."""
    wanted = {**COLUMNS, **file_format.columns}
    return {
        name: headings.index(present[0])
        for name, candidates in wanted.items()
        if (present := [candidate for candidate in candidates if candidate in headings])
    }


@dataclass(frozen=True, slots=True, kw_only=True)
class NameSays:
    """What a file's name says of the people in it."""

    status: Status
    #: The word that says it.
    word: str
    #: Whether it cannot mean anything else.
    certain: bool


def read_file_name(file_name: str) -> NameSays | None:
    """Return what the name says of the people's status; None if it says nothing."""
    plain = _plain_stem(file_name)
    for certain, patterns in ((True, _CERTAIN), (False, _LIKELY)):
        for status, pattern in patterns:
            if match := pattern.search(plain):
                return NameSays(status=status, word=match[0], certain=certain)
    return None


def is_non_subscriber_file(file_name: str) -> bool:
    """Return whether a file's name says that its people never signed up."""
    return _NEVER_SIGNED_UP.search(_plain_stem(file_name)) is not None


def is_sendy_file(file_name: str) -> bool:
    """Return whether a file is named as Sendy names the files of a list."""
    return _SENDY.search(_plain_stem(file_name)) is not None


def _plain_stem(file_name: str) -> str:
    stem = re.sub(r"\.(?:csv|txt|tsv)$", "", file_name.strip(), flags=re.IGNORECASE)
    # A browser numbers the copies of a download: “list-active (1).csv”.
    return fold(re.sub(r"(?<!\s)\s*\(\d+\)$", "", stem))
