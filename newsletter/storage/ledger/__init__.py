"""The ledger in SQL: which reader gets which issue, and what became of it.

    plan ──▶ claim ──▶ record                           deliveries, batches
               │         └──▶ put_off ──▶ claim | give_up        stragglers
               └──▶ expire_leases ──▶ unknown           unknown_batches
                                        ├──▶ mark_accepted      late proof
                                        ├──▶ void_batch         the mailer confirmed a recall
                                        └──▶ resend_unknown | fail_unknown   the author decided

`planning` plans while others write. Each update of a status goes through `transitions`, or names
its origins from `models/delivery_state.py` itself. `events` stores what the mailer reports and
what came back by mail, and counts a reader's failures in a row. `failures` serves the circuit
breaker, `totals` counts for the author's figures, `machines` serves several machines with a shared
rate limit, `rehearsals` forgets issues that only went to the outbox, and `retention` sums up issues
of years ago.
"""
