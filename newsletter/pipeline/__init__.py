"""The order of the work, and nothing else. Every step may run twice without harm.

    sign-ups ─▶ vacuum ─▶ unsubscribe requests and bounces by mail
    (subscriptions)                              (delivery)
                              │ under the lock
                              ▼
    resume ─▶ collect ─▶ draft ─▶ for each draft: tell ─▶ decide ─▶ send ─▶ tell ─▶ RunReport
    (delivery) (collecting) (editorial)    (notices) (scheduling) (delivery) (notices)

`resume` goes on with issues in delivery (`older_issues`). If one is interrupted, the run ends
there; if one cannot go on, no other issue is sent until its hours are over.

- `run.run`: what cron calls. `run_report.RunReport`: what it returns.
- `send.send`: send one issue now, as `newsletter send` does; `send_issue` is its part that `run`
  shares.
- `release.send_now`, `undo_send`: send an issue with a grace; `send_released` delivers it then.
- `mail_decision.see_link`, `decide_by_link`: what the links in a notice show and do.
- `run_outcome`: `finish_run` stores and reports how a run ended; `tell_missing_runs` tells the
  author that none comes by any more.
- `health`: `require_health` and `ask_site`, for monitors; the site's `/healthz` asks it too.
- `rehearsals.reset_rehearsals`: forget the issues that only went to the outbox. The first `send` or
  `run` with a mailer that reaches people says once what they hold, and sends nothing.
"""
