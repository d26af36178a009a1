"""Build complete messages (RFC 5322, MIME) for an edition: once encoded, then filled in.

::

    Batch ─▶ message_builder()            message.py: encode the edition once
                 │ MessageBuilder.build(recipient)
                 ├─ header fields          headers.py: List-Unsubscribe, List-Id, From, …
                 └─ both bodies            quoted-printable pieces with gaps for merge fields

The outbox and SMTP send these bytes. SendGrid builds its own message, and takes only the
values of the header fields from `headers.py`.
"""
