"""The job queue that shares a delivery among several machines: procrastinate on PostgreSQL.

::

    leader (delivery/leader.py)                  worker (delivery/worker.py)
        │ JobQueue.replace_jobs()  queue.py          │ JobQueue.run_worker()    queue.py
        ▼                                            ▼
    jobs in PostgreSQL ────────────────────▶  JobRunner ─▶ deliver(Job)          worker.py

A job only invites a worker to claim some batches; the claim in the ledger decides. So a job
that comes twice, late or never does no harm (at-least-once delivery of jobs, idempotent work).
"""
