"""Look an installation over: what would keep issues from going out, or from arriving.

    examine.examine ─▶ check_files                     the folder, mended with --fix
            │ side by side, in bounded time
            ├─▶ configuration, clock, feeds, database  what is here
            ├─▶ sendgrid or smtp                       the mailer, as far as nothing is sent
            ├─▶ mail_domain ─▶ spf, dkim, dmarc        the DNS, by dns_records
            ├─▶ public_site                            one-click, certificate, proxy: from outside
            ├─▶ upkeep, last_backup, kept_copies       the last run, the timer, copies that stay
            └─▶ known_secret                           whether the links of before still work
                     │
                     ▼
            diagnosis.Diagnosis, each with its cure

A check has a thin part that gathers facts (`check_…`) and a pure one that judges them
(`judge_…`). It receives an `installation`, opens nothing for writing, and ends by itself.

To add one: write `doctor/<subject>.py` with both parts and a frozen value between them, add the
check to `CHECKS` in `examine`, and test the judgement with values and the gathering against a
real server.
"""
