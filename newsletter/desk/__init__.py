"""The desk: the author's web pages, for a browser on this machine only.

    browser ─▶ server ─▶ web ─▶ session_auth ─▶ pages ───▶ view_model, mail, iframe
                         │                  └─▶ actions ─▶ the use cases of editorial,
                         │                                 collecting and delivery
                         └─ rejects other hosts (DNS rebinding), and has the error pages

Other packages call `server.listen` and `server.serve`. A GET shows the issue and decides
nothing; each decision is a POST with a CSRF token. The mail is shown in a sandboxed iframe
with the bytes that delivery would send.
"""
