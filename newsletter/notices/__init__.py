"""Tell the author when a person is needed: on standard error, and by messages of its own.

    draft, decision ─▶ issue_notices ─┐
    feeds, figures  ─▶ run_notices  ──┼─▶ AuthorNotices ─▶ mailed to author_email, remembered
                                      │        └─────────▶ said by `run --quiet`, remembered
    draft_contents: what an issue held when the author was told, and what changed since

Each state is told once. A state that is over is forgotten, so that it is told anew if it
comes back. A notice is no delivery: no reader gets one, and the ledger knows nothing of it.

- `author_notices`: `AuthorNotices`, which a run collects its notices in; `remember_said`.
- `notice`: `Notice`, the value. `issue_notices`, `run_notices`: pure, the words.
"""
