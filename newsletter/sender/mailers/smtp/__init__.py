"""Deliver by any SMTP relay: Postfix, Amazon SES, Postmark …

`mailer.py` connects, one connection for each thread; `session.py` sends message by message over
a connection and classifies the replies.
"""
