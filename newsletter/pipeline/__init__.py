"""The order of the work, and nothing else. Every step may run twice without harm.

    unsubscribe requests ─▶ resume ─▶ collect ─▶ draft ─▶ notify ─▶ decide ─▶ send ─▶ report
    (subscriptions)      (delivery) (collecting) (editorial)     (scheduling) (delivery)

- `run.run`: what cron calls. `run_report.RunReport`: what it returns.
- `rehearsals.reset_rehearsals`: forget the issues that only went to the outbox.
- `health.check_database`: whether the newsletter can work at all.
"""
