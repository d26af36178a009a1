"""The order of the work, and nothing else. Every step may run twice without harm.

    sign-ups ─▶ vacuum ─▶ unsubscribe requests by mail          (subscriptions)
                              │ under the lock
        ┌─────────────────────┴─────────┐
    an issue is in delivery          otherwise
        ▼                               ▼
      resume                   collect ─▶ draft ─▶ for each draft: notify ─▶ decide ─▶ send
    (delivery)             (collecting) (editorial)         (editorial) (scheduling) (delivery)
        └───────────────┬───────────────┘
                        ▼
                    RunReport

- `run.run`: what cron calls. `run_report.RunReport`: what it returns.
- `send.send`: send one issue now, as `newsletter send` does.
- `rehearsals.reset_rehearsals`: forget the issues that only went to the outbox.
- `health.check_database`: whether the newsletter can work at all.
"""
