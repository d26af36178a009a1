"""What the newsletter stores: SQL tables and queries. Readers are in `subscribers/storage/`.

    collecting ──▶ feeds, posts, pictures
    editorial  ──▶ issues, editions, greeting_uses
    freeze     ──▶ ledger.planning (plan, store_plan)
    send       ──▶ ledger.batches.claim ──▶ ledger.batches.record
                                       └──▶ ledger.unknown_batches   no result, or a recall
    webhook    ──▶ ledger.events, ledger.deliveries (late proof)
    mailbox    ──▶ ledger.events

A module holds the queries of one noun, and takes a `Connection`: the caller owns the
transaction. `tables` and `ledger_tables` define the tables, `migrations/` their history.

- `feeds`, `posts`, `pictures`, `issues`, `editions`, `own_edits`, `greeting_uses`, `notices`: one
  module for each noun; `decisions`: the log of what the author decided, and the slots that were
  moved or skipped.
- `ledger/`: batches and deliveries, by the state machine of `models/delivery_state.py`.
- `database/`: `engine.transaction` and `engine.snapshot`, retries, group commit, migrations.
- `runs`: when `run` and `backup` last came by.
- `journal`: the file beside the database that outlives it, and its second file elsewhere.
- `kept_copies`: copies of the list that lie in the folder, until an erased person in them must go.
- `identity`: which newsletter the database holds, and on which machine.
- `reader_records`: everything stored about one reader, for the data export and the erasure.
"""
