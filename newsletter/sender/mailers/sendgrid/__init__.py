"""Deliver by SendGrid's v3 API.

::

    SendGrid.send(batch)            mailer.py; held_mailer.py can also recall a batch
        │ build_request()           payload.py: what all recipients share
        │   personalizations.py     each recipient's part, most of them by FastEncoder
        │   limits.py               what SendGrid would refuse, found before the request
        ▼
    POST /v3/mail/send              client.py, over keep_alive.py
        │ response
        ▼
    receipts_for()                  responses.py: classify the response
        │ Indivisible               send_in_halves() finds who is refused (bisection)

`webhook.py` verifies and reads the events that come later. `account.py` reads and changes
SendGrid's own suppression lists, and asks what a key may do, for `newsletter doctor`.

`newsletter/app.py` imports the mailers. The public site and `newsletter/delivery/` import
`webhook`, `newsletter/doctor/` imports `account`. Nothing else outside imports this package.
"""
