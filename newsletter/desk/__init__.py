"""The desk: the author's web pages, for a browser on this machine only.

    browser ─▶ server ─▶ web ─▶ session_auth ─▶ issue: the issue page and its buttons
                         │                  ├─▶ posts: one module for each other page
                         │                  └─▶ assets: style sheets and scripts
                         ├─ rejects other hosts (DNS rebinding), and has the error pages
                         └─ lock: a form waits a little for the newsletter's lock, a GET never

Other packages call `server.listen` and `server.serve`. A GET shows the issue and decides
nothing; each decision is a POST with a CSRF token. The mail is shown in a sandboxed iframe
with the bytes that delivery would send. `navigation` lists the pages.
"""
