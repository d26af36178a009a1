"""Deliver by any SMTP relay: Postfix, Amazon SES, Postmark …

Smtp.send(batch) ─▶ connect, TLS, AUTH       mailer.py: one connection for each thread
        │
        ▼ for each message
MAIL FROM ─▶ RCPT TO ─▶ DATA ─▶ reply        session.py
        │
        ▼
one Receipt for each recipient               replies.py says whose fault a refusal is
"""
