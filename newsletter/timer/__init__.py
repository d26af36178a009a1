"""Timers that call `newsletter run` every hour, and keep `newsletter serve` running.

    settings ─▶ plan.make_plan ─▶ TimerPlan ─┬─▶ cron      lines of a crontab
                                             ├─▶ systemd   units of one user
                                             └─▶ launchd   agents of a Mac
                                                    │ text
                                                    ▼
                                    install.install, remove, find_timers

- `plan`: which words are called, and at which minute of the machine's clock.
- `cron`, `systemd`, `launchd`: pure, the texts.
- `install`: the thin part that calls the system's programs, all or nothing.
- `loop`: a timer of its own, in the foreground, for containers.
"""
