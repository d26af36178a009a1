"""The public site: a Flask app behind waitress, for readers, mail programs and SendGrid.

    server.serve ──▶ web.create_app ──┬─ /, /subscribe     subscribe, sign_up_form
                                      ├─ /confirm/…        confirm (double opt-in)
                                      ├─ /preferences/…    preferences (choices, data, erase)
                                      ├─ /unsubscribe/…    unsubscribe (one-click, RFC 8058)
                                      ├─ /approve/…, /stop/… decide (the author, by a notice)
                                      ├─ /archive/, /images/ archive, pictures
                                      ├─ /webhooks/…       webhook (SendGrid's events)
                                      └─ /healthz          health
    current: the newsletter and what the site keeps, for the views
    page_copies: the archive and pictures from memory, in front of the app
    newsletter.wsgi: waitress, with limits for slow and many clients
    static_archive: the archive's pages as files, put into a folder by export_folder
    observe: each answer, for the log and for Prometheus
    mail_worker: sends what the pages queued, in its own thread

The site sets no cookie and keeps no session: the token in a link is the authority, so
there is no session for a forged request to abuse, and no page needs a CSRF check. GET changes
nothing, because scanners follow every link. `link_rate_limit` and the sign-up
form's rate limit slow down guessing and floods.

Others call `server.serve` and `static_archive.export_archive` (the commands) and `server.listen`
(the demo, tests).
"""
