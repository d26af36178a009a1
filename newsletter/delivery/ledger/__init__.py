"""The ledger that the sender works on, stored in the database.

    open_ledger ──▶ StoredLedger.claim ──▶ BatchBuilder.build ──▶ Batch, for the mailer
                        │ CircuitBreaker.trips: the failure rate is too high, stop the issue
                        ▼
                    StoredLedger.record ◀── Receipts

- `stored_ledger`: `open_ledger`, and `StoredLedger`, which implements `sender.loop.ledger`.
- `stale_backup`: `detect_stale_database`, `require_current_database`, `stale_backup_warning`.
- `lease_holder`: which process holds a lease, and whether it is dead.
- `circuit_breaker`, `batch_builder`: parts of the ledger.
"""
