"""Hand batches of messages to a mailer, and say truthfully what became of each recipient.

::

    Ledger.claim()            loop/     intent committed, before anything leaves this machine
         │ Batch              batch.py, with its Recipients
         ▼
    Mailer.send(batch)        mailers/  outbox, smtp, sendgrid
         │                    mime/     headers and bodies, for the mailers that need them
         │ Receipts           batch.py: accepted, refused, not_sent or unknown
         ▼
    Ledger.record()           loop/     with the rate limit, backoff and retries

    job_queue.py   offers batches to other machines (PostgreSQL and the extra `[scale]` only)

Others call `loop.deliver.deliver` and `settle` (with a `loop.rate_limit.WaitBudget`), build a
`batch.Batch`, and know mailers by the protocols in `mailers/__init__.py` only. Where receipts are
classified: `mailers/outbox.py`, `mailers/smtp/session.py` and `mailers/sendgrid/responses.py`.
"""
