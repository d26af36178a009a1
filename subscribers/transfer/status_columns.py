"""Tell which columns of a file are about a person's status, and read their cells.

A column whose header looks like a status is never skipped in silence: an export that says
“unsubscribed” in a column that nobody reads would bring back people who left.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from functools import lru_cache

from subscribers.models import Status
from subscribers.transfer.formats import Meaning, fold

_WORDS: Mapping[Status, str] = {
    "active": (
        "active, subscribed, confirmed, enabled, opted in, opt in, "
        "aktiv, abonniert, angemeldet, bestatigt, "
        "actif, active, abonne, abonnee, inscrit, inscrite, confirme, confirmee, "
        "activo, activa, suscrito, suscrita, suscripto, confirmado, confirmada, "
        "attivo, attiva, iscritto, iscritta, confermato, confermata, "
        "actief, geabonneerd, ingeschreven, aangemeld, bevestigd, "
        "ativo, ativa, inscrito, inscrita, assinante, subscrito"
    ),
    "pending": (
        "pending, unconfirmed, not confirmed, awaiting confirmation, waiting, unactivated, "
        "unverified, not verified, "
        "ausstehend, unbestatigt, nicht bestatigt, wartend, "
        "en attente, non confirme, non confirmee, a confirmer, "
        "pendiente, sin confirmar, no confirmado, no confirmada, "
        "in attesa, non confermato, non confermata, "
        "in afwachting, niet bevestigd, onbevestigd, wachtend, "
        "pendente, nao confirmado, nao confirmada"
    ),
    "unsubscribed": (
        "unsubscribed, unsubscribe, not subscribed, never subscribed, opted out, opt out, "
        "optout, cancelled, canceled, removed, deleted, suppressed, blocked, blacklisted, "
        "blocklisted, "
        "abgemeldet, abbestellt, ausgetragen, gekundigt, gesperrt, geloscht, "
        "nicht abonniert, "
        "desabonne, desabonnee, desinscrit, desinscrite, bloque, supprime, non abonne, "
        "dado de baja, dada de baja, baja, cancelado, cancelada, desuscrito, no suscrito, "
        "bloqueado, eliminado, "
        "disiscritto, disiscritta, cancellato, cancellata, annullato, bloccato, "
        "non iscritto, "
        "afgemeld, uitgeschreven, opgezegd, geblokkeerd, verwijderd, niet geabonneerd, "
        "descadastrado, descadastrada, desinscrito, excluido, nao inscrito, removido"
    ),
    "bounced": (
        "bounced, bounce, hard bounced, hard bounce, cleaned, undeliverable, undelivered, "
        "invalid, "
        "unzustellbar, zuruckgewiesen, "
        "rejete, rejetee, non distribuable, "
        "rebotado, rebotada, rechazado, "
        "rimbalzato, rimbalzata, respinto, "
        "gebounced, onbestelbaar, teruggestuurd, "
        "devolvido, devolvida, rejeitado"
    ),
    "complained": (
        "complained, complaint, complainer, spam, spam complaint, spam report, "
        "marked as spam, reported spam, junk, abuse, "
        "beschwerde, beschwert, spam gemeldet, "
        "plainte, plaint, signale comme spam, "
        "queja, denunciado, marcado como spam, "
        "reclamo, segnalato, segnalato come spam, "
        "klacht, gemeld als spam, "
        "reclamacao, denuncia, marcado como lixo"
    ),
}
#: Words for a status in English and the languages of the newsletter, folded.
STATUS_WORDS: Mapping[str, Status] = {
    word: status for status, words in _WORDS.items() for word in words.split(", ")
}


def _split(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_YES = frozenset(
    _split("yes y true t 1 on x ja j oui o si s sim vero verdadero verdadeiro vrai wahr waar")
)
_NO = frozenset(
    (
        *_split("no n false f 0 off nein non nee nao falso faux falsch onwaar - none null nan n/a"),
        "",
        "0000-00-00",
        "0000-00-00 00:00:00",
        "0000 00 00",
        "0000 00 00 00:00:00",
    )
)
# Parts of folded headers that speak of a status: anywhere, at the beginning, or alone.
_ANYWHERE = _split(
    "status optin opt_in opted_in optout opt_out opted_out blacklist blocklist newsletter "
    "consent permission unsubscri suppress complain accepts_marketing accepts_email "
    "cancel removed inactiv undeliver banned inaktiv "
    "abgemeldet abmeld austrag abbestell einwillig zustimm erlaubnis unzustellbar sperrliste "
    "statut desabonn desinscri consentement autorisation liste_noire "
    "desuscri consentimiento permiso lista_negra boletin "
    "disiscri consenso permesso autorizzazione lista_nera "
    "afgemeld uitgeschreven toestemming nieuwsbrief zwarte_lijst "
    "descadastr consentimento permissao situacao"
)
_AT_BEGINNING = _split(
    "unsub_ subscribed bounce do_not deleted blocked invalid archived enabled left_ quit no_mail "
    "no_email no_e_mail dont_ unconfirmed not_ gekundigt ausgetreten ungultig "
    "inactief inatif inativ inattiv "
    "angemeldet abonniert bestatigt gesperrt geloscht deaktiviert beschwerde "
    "abonne inscrit confirme bloque supprim desactive plainte rejet rebond "
    "suscri baja cancelad confirmad bloquead eliminad desactivad queja rebot "
    "iscritt cancellat confermat bloccat eliminat disattivat reclam rimbalz respint "
    "ingeschreven aangemeld geabonneerd bevestigd geblokkeerd verwijderd uitgeschakeld klacht "
    "exclui desativad devolvid rejeitad assinante"
)
_ALONE = frozenset(
    _split(
        "confirmed active state disabled suppressed unsub subscriber_state is_active "
        "is_subscribed is_confirmed is_disabled email_disabled spam blocked "
        "is_enabled is_blocked is_deleted valid is_valid email_valid left dnc "
        "aktiv zustand etat actif estado estatus activo stato attivo actief ativo abo"
    )
)
# What the cells of a column mean that the author says is about the status, by its header.
# A denial comes first: a yes under “inactive” or “not subscribed” means the opposite of one under
# “active” or “subscribed”.
_MEANINGS: tuple[tuple[Meaning, re.Pattern[str]], ...] = (
    (
        "unconfirmed",
        re.compile(
            r"(?:^|_)(?:un|not?_|non_|nicht_|no_|nao_|sin_|niet_|on)"
            r"(?:confirm|conferm|bestatigt|bevestigd)"
        ),
    ),
    (
        "left",
        re.compile(
            r"(?:^|_)(?:not|non|nicht|niet|nao)_|^(?:no|kein|keine|geen|dont|sans|sin)_|"
            r"inactiv|inaktiv|inactif|inattiv|inactief|inativ|invalid|ungultig|undeliver"
        ),
    ),
    (
        "complained",
        re.compile(r"complain|spam|beschwerde|plainte|queja|reclam|klacht"),
    ),
    ("bounced", re.compile(r"bounce|unzustellbar|rejet|rebo|rimbalz|respint|devolvid|rejeit")),
    (
        "left",
        re.compile(
            r"unsub|opt(?:ed)?_?out|do_?not|deleted|disabled|suppress|blacklist|blocklist|blocked|"
            r"removed|archived|banned|(?:^|_)left(?:_|$)|(?:^|_)quit|dnc|gekundigt|ausgetreten|"
            r"abgemeldet|abmeld|austrag|abbestell|gesperrt|geloscht|deaktiviert|sperrliste|"
            r"desabonn|desinscri|bloque|supprim|desactiv|liste_noire|desuscri|baja|cancel|"
            r"bloquead|eliminad|lista_negra|disiscri|bloccat|eliminat|disattivat|lista_nera|"
            r"afgemeld|uitgeschreven|geblokkeerd|verwijderd|uitgeschakeld|zwarte_lijst|"
            r"descadastr|exclui|desativ"
        ),
    ),
    ("word", re.compile(r"stat(?:us|ut|o|e)|estado|estatus|situacao|zustand|etat$")),
    ("confirmed", re.compile(r"confirm|double_opt|bestatigt|conferm|bevestigd")),
    (
        "opt_in",
        re.compile(
            r"subscribed|opt(?:ed)?_?in|newsletter|consent|permission|accepts|active|enabled|valid|"
            r"aktiv|actif|"
            r"activo|attivo|actief|ativo|einwillig|zustimm|erlaubnis|angemeldet|abonn|inscri|"
            r"suscri|iscritt|toestemming|consenso|consentiment|permiso|permesso|permissao|"
            r"autori|nieuwsbrief|boletin|ingeschreven|aangemeld|geabonneerd|assinante|abo"
        ),
    ),
)
ReadStatus = Callable[[str], Status | None]


def _with_run_together(parts: tuple[str, ...]) -> tuple[str, ...]:
    """Add each part of several words as one word: headers such as `doNotContact` hold it so."""
    return (*parts, *(part.replace("_", "") for part in parts if "_" in part.strip("_")))


_ANYWHERE_SPELLED = _with_run_together(_ANYWHERE)
_AT_BEGINNING_SPELLED = _with_run_together(_AT_BEGINNING)
_ALONE_SPELLED = frozenset(_with_run_together(tuple(_ALONE)))


def looks_like_status(heading: str) -> bool:
    """Return whether a normalised header speaks of a person's status, in any of our languages."""
    plain = re.sub(r"[^a-z0-9]+", "_", heading).strip("_")
    return (
        plain in _ALONE_SPELLED
        or any(part in plain for part in _ANYWHERE_SPELLED)
        or plain.startswith(_AT_BEGINNING_SPELLED)
    )


def meaning_of(heading: str) -> Meaning:
    """Return how to read the cells of a status column, by its normalised header."""
    plain = re.sub(r"[^a-z0-9]+", "_", heading).strip("_")
    return next((meaning for meaning, pattern in _MEANINGS if pattern.search(plain)), "word")


def status_reader(meaning: Meaning, words: Mapping[str, Status]) -> ReadStatus:
    """Return a function from a cell of a status column to a status, None for a strange cell.

    `words` are a program's own words. Cells repeat, so that the function remembers some.
    """
    known = {**STATUS_WORDS, **words}

    def read_word(cell: str) -> Status | None:
        word = fold(cell)
        return known.get(word) if word else "active"

    def read_opt_in(cell: str) -> Status | None:
        word = fold(cell)
        if word in _YES:
            return "active"
        return "unsubscribed" if word in _NO else known.get(word)

    def read_confirmed(cell: str) -> Status | None:
        word = fold(cell)
        if word in _NO:
            return "pending"
        if word in _YES or word[:4].isdigit():
            return "active"
        return known.get(word)

    def read_reason(cell: str) -> Status | None:
        return "complained" if re.search(r"spam|abuse|complain", cell, re.IGNORECASE) else "active"

    def read_sign(cell: str) -> Status | None:
        signs: dict[str, Status] = {
            "bounced": "bounced",
            "complained": "complained",
            "unconfirmed": "pending",
        }
        return "active" if fold(cell) in _NO else signs.get(meaning, "unsubscribed")

    readers: Mapping[str, ReadStatus] = {
        "word": read_word,
        "opt_in": read_opt_in,
        "confirmed": read_confirmed,
        "reason": read_reason,
    }
    return lru_cache(maxsize=1024)(readers.get(meaning, read_sign))
