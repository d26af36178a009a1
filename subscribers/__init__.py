"""The subscriber list: double opt-in, unsubscribe, suppression, erasure, import and export.

    (new) ──sign-up──▶ pending ──confirm──▶ active ──┬──▶ unsubscribed
      │                                     ▲        ├──▶ bounced
      └──────── author adds or imports ─────┘        └──▶ complained

A person who left, bounced or complained returns only through `pending` and a new
confirmation (double opt-in). `lifecycle` holds the allowed transitions and is their only
source. Every change is appended to the consent log (GDPR Art. 7(1)), and most changes are
idempotent: a repeated call finds the change done.

The package imports nothing from `newsletter`. Other packages may use:

- `models`, `errors`: the values and the exceptions.
- `address.normalise`, `preferences`: validate what a person typed.
- `tokens`: sign and read the links in messages (`link_ids` says what they hold).
- `lifecycle` (entries of the consent log), `rate_limit`, `address.takes_mail`: what the sign-up
  form needs before it writes to an address.
- `storage`: the list in SQL, functions that take a `Connection`. Its submodules
  `sign_up_queue`, `double_opt_in` and `mail_queue` carry out sign-ups and changes of address;
  `import_log` undoes the last import, and `page_cache` is for statements about all of a long list.
- `transfer.import_file`, `transfer.importing`, `transfer.exporting`: the list as CSV; for long
  files `transfer.staged_import` with `storage.staging`.
"""
