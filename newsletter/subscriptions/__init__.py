"""Subscriptions: what readers and the author do to the list. One function, one use case.

    sign_up ──▶ (queue) ──process_sign_ups──▶ transactional_mail ──▶ message with a link
                                                                          │
              ┌────────── confirm (double opt-in, change of address) ◀────┘
              ▼
        active reader ──▶ preferences · unsubscribe · unsubscribe_mailbox (RFC 2369, by mail)
              │                         └─ one-click unsubscribe (RFC 8058)
              └──▶ data_export (GDPR Art. 15) · erase (Art. 17)
        author ──▶ subscriber_admin (search, add, tag, export, remove, suppress) · embed_form
              ├──▶ list_import (import, undo it) · import_trial (try it out)
              └──▶ growth (who came and left, by month)

Each function that takes a `Context` opens its own transaction; none takes the lock, for a
reader who leaves must not wait for a run. The list itself is in the package `subscribers`.
"""
