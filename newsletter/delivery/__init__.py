"""Deliver an issue: from the freeze to the last receipt.

    freeze_and_deliver ──▶ require_leavers ──▶ rehearse ──▶ freeze
                                                                │  posts, editions, deliveries
               ┌────────────────────────────────────────────────┘  and greetings are fixed in one
               ▼                                                   transaction
           deliver_frozen ──▶ ledger ⇄ sender.loop.deliver ⇄ mailer
               │             ├──▶ leader ──▶ job queue ──▶ worker      on other machines
               │             └──▶ control.recall_issue    the author stopped the issue
    webhook_events ──▶ late proof, bounces, complaints; stale_backup blocks all sending
    mailboxes      ──▶ judge_report ──▶ bounces       the same by mail, after SMTP
    resolve        ──▶ the author decides about unknown deliveries

What commands, pages and jobs call:

- `send.freeze_and_deliver` sends an issue; `send.deliver_frozen` resumes a frozen one.
- `suppressions.sync_daily` takes over who left at SendGrid.
- `control.stop`, `control.resume`, `control.cancel`; `resolve.resolve`.
- `give_up.may_be_passed_over` and `give_up_rest`: an issue whose last readers are refused.
- `resolve.retry_failed` sends again what failed; `issue_report` says who failed and why.
- `issue_report.list_issue_page` and `report_issue`: how issues stand; `engagement` tells programs'
  opens and clicks from readers'.
- `known_secret.require_known_secret` notices that links of the newest issue would be refused.
- `retention.sum_up_old_deliveries` forgets who got the issues of years ago.
- `worker.run_worker` takes part in deliveries that another machine leads.
- `webhook_events.record_events` stores what SendGrid reports.
- `ledger.stale_backup.stale_backup_warning` says why all sending is blocked.
- `mailboxes.process_mail` processes what came by mail; `BounceResult` is what it held of
  bounces.
- `status.IssueProgress`: an issue's status in figures and in words.
"""
