from __future__ import annotations

import pytest

from subscribers.transfer.formats import normalise_heading
from subscribers.transfer.status_columns import looks_like_status, meaning_of, status_reader


@pytest.mark.parametrize(
    "heading",
    [
        *("status", "member_status", "Status (global)", "optin", "EMAIL_OPTIN", "opt_in"),
        *("unsubscribed", "Unsubscribed at", "UNSUB_TIME", "opt_out", "Opt-Out", "optout date"),
        *("blacklisted", "EMAIL_BLACKLISTED", "subscribed", "Subscribed to news", "confirmed"),
        *("active", "state", "bounced", "bounce_count", "complaints", "do_not_mail"),
        *("doNotContact", "acceptsMarketing", "isActive", "isSubscribed"),
        *("Do not contact", "deleted_at", "disabled", "suppressed", "newsletter"),
        *("wants_newsletter", "GDPR consent", "email_permission", "accepts_marketing"),
        *("Abgemeldet am", "gelöscht", "Einwilligung", "aktiv", "bestätigt"),
        *("désabonné", "statut", "consentement", "actif", "supprimé le"),
        *("removed", "cancelled_at", "Canceled on", "inactive", "enabled", "valid", "Left on"),
        *("invalid", "not subscribed", "No e-mail", "undeliverable", "archived", "inaktiv", "quit"),
        *("estado", "suscrito", "baja", "permiso", "eliminado"),
        *("stato", "iscritto", "disiscritto", "consenso", "cancellato"),
        *("afgemeld", "uitgeschreven", "toestemming", "actief", "verwijderd op"),
        *("situação", "inscrito", "descadastrado", "consentimento", "excluído"),
    ],
)
def test_a_header_that_speaks_of_a_status_is_noticed_in_any_of_our_languages(heading: str) -> None:
    assert looks_like_status(normalise_heading(heading))


@pytest.mark.parametrize(
    "heading",
    [
        *("id", "email", "name", "Nachname", "prénom", "shoe size", "country", "activity"),
        *("created_at", "notes", "tags", "link_id", "old_link_number", "signed_up_at", "City"),
        *("phone", "source", "statistics", "company", "Ort", "ville", "ciudad", "telefoon"),
    ],
)
def test_a_header_about_anything_else_is_left_alone(heading: str) -> None:
    assert not looks_like_status(normalise_heading(heading))


@pytest.mark.parametrize(
    ("heading", "cell", "status"),
    [
        ("unsubscribed", "true", "unsubscribed"),
        ("unsubscribed", "false", "active"),
        ("unsubscribed_at", "2025-01-02", "unsubscribed"),
        ("unsubscribed_at", "0000-00-00 00:00:00", "active"),
        ("subscribed", "yes", "active"),
        ("subscribed", "", "unsubscribed"),
        ("accepts_marketing", "no", "unsubscribed"),
        ("newsletter", "Ja", "active"),
        ("confirmed", "0", "pending"),
        ("confirmed", "2025-01-02", "active"),
        ("bounced", "1", "bounced"),
        ("inactive", "1", "unsubscribed"),
        ("inactive", "0", "active"),
        ("not subscribed", "yes", "unsubscribed"),
        ("nicht abonniert", "ja", "unsubscribed"),
        ("removed", "1", "unsubscribed"),
        ("cancelled_at", "2025-01-02", "unsubscribed"),
        ("cancelled_at", "", "active"),
        ("unconfirmed", "yes", "pending"),
        ("unconfirmed", "no", "active"),
        ("enabled", "0", "unsubscribed"),
        ("valid", "no", "unsubscribed"),
        ("complained", "yes", "complained"),
        ("state", "Cancelled", "unsubscribed"),
        ("statut", "Désabonné", "unsubscribed"),
        ("estado", "Dado de baja", "unsubscribed"),
        ("stato", "In attesa", "pending"),
        ("subscribed", "perhaps", None),
        ("status", "asleep", None),
    ],
)
def test_cells_are_read_by_what_their_column_is_called(
    heading: str, cell: str, status: str | None
) -> None:
    assert status_reader(meaning_of(heading), {})(cell) == status
