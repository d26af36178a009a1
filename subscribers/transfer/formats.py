"""Describe how a newsletter program exports people, and detect which one wrote a file.

newsletter_programs.py and marketing_programs.py have the tables of programs; this module has
the shape of their rows and our own column names. A file is recognised by its headers, or by
its name where the headers are nobody's in particular.
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
#: What to do in a program that exports one state at a time.
ONE_FILE_FOR_EACH_STATE = (
    "Export each state to a file of its own, and let the file's name say which it is"
)


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
