"""Deliver by any SMTP relay: Postfix, Amazon SES, Postmark …

Smtp.send(batch)                             mailer.py: one connection for each thread
        │ connect, TLS, AUTH                 connection.py
        │
        ▼ for each message
MAIL FROM ─▶ RCPT TO ─▶ DATA ─▶ reply        session.py; attempt.py chooses who is next
        │
        ▼
one Receipt for each recipient               replies.py says whose fault a refusal is

`mailer.rehearse_envelope` talks to a relay (a `connection.RelayAddress`) as far as a recipient, for
`newsletter doctor`.
"""
