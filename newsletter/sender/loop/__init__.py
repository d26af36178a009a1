"""The delivery loop: from a claimed batch to a recorded receipt.

::

    deliver()                                       deliver.py
      │  settle(): ask the mailer about batches     deliver.py
      │            whose outcome is `unknown`
      ▼
    InFlight.send_all()                             in_flight.py, until nothing can be claimed
      │  RateLimiter.wait()                         rate_limit.py
      │  Ledger.claim(): commit the intent          ledger.py (stored: delivery/ledger/)
      │  Mailer.send(batch)                         mailers/
      │  RefusalJudge.judge(): whose fault          refusal_judge.py
      │  Ledger.record(batch, receipts), or
      │  Ledger.record_and_claim(): both in one     ledger.py
      │      commit, without a hold or a limit
      │  retry_delay(), is_exhausted()              rate_limit.py: backoff
      │  WaitBudget.spend(): wait for stragglers    rate_limit.py
      ▼
    settle() again, for a mailer that can recall;   deliver.py
      │  what was recalled is sent again
      ▼
    DeliverySummary

Others call `deliver` and `settle`, and share a `WaitBudget` among the issues of a run. The
circuit breaker sits in the stored ledger (`newsletter/delivery/ledger/circuit_breaker.py`),
because it decides at each claim.
"""
