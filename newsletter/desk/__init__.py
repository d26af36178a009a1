"""The desk: the author's web pages, on this machine or, with a password, from anywhere.

    browser ─▶ server ─▶ web ─▶ session_auth ─▶ issue: the issue page and its buttons
                         │         │        ├─▶ letting_go: approve, send now, undo, skip; what is
                         │         │        │   let go: delivery_page, sent by delivery_worker
                         │         │        ├─▶ posts: one module for each other page
                         │         │        └─▶ assets: style sheets and scripts
                         │         └ login, for a remote desk: password, login_limits, sessions
                         ├─ host_check: rejects other hosts (DNS rebinding) and strange proxies
                         ├─ error_pages
                         └─ lock: a form waits a little for the newsletter's lock, a GET never

Other packages call `access.choose_access`, `server.listen` and `server.serve`, and
`password.set_password`. A GET shows the issue and decides nothing; each decision is a POST with a
CSRF token. The mail is shown in a sandboxed iframe with the bytes that delivery would send.
`current` is where a view finds the newsletter of its request; `fresh_settings` keeps it up with
newsletter.toml. `figures` shows what `newsletter.statistics` counts. `navigation` lists the
pages, and `access.is_remote` tells a page where its reader may be.
"""
