"""Reports as mail systems write them: bounces, delays and complaints, each by a function.

`to` is the return path that the report goes to, `about` the address that it is about.
"""

from __future__ import annotations

from textwrap import dedent

ABOUT = "ann@readers.example"


def lines(text: str) -> bytes:
    """Return text as mail has it: lines that end in CR LF."""
    return dedent(text).lstrip("\n").replace("\n", "\r\n").encode()


def status_block(about: str, action: str, status: str, diagnostic: str) -> str:
    words = f"Diagnostic-Code: smtp; {diagnostic}\n" if diagnostic else ""
    return (
        f"Original-Recipient: rfc822;{about}\nFinal-Recipient: rfc822; {about}\n"
        f"Action: {action}\nStatus: {status}\nRemote-MTA: dns; mx.readers.example\n{words}"
    )


def postfix(
    to: str,
    *blocks: str,
    status: str = "5.1.1",
    action: str = "failed",
    diagnostic: str = "550 5.1.1 <ann@readers.example>: Recipient address rejected: User unknown",
    about: str = ABOUT,
    original: str = "Up the hill before breakfast.\n",
    kind: str = "delivery-status",
) -> bytes:
    """Return a delivery report of RFC 3464, as Postfix writes it."""
    blocks = blocks or (status_block(about, action, status, diagnostic),)
    return (
        lines(
            f"""
        Return-Path: <>
        Delivered-To: {to}
        Date: Sun, 22 Nov 2026 14:00:07 +0000 (UTC)
        From: MAILER-DAEMON@relay.example (Mail Delivery System)
        Subject: Undelivered Mail Returned to Sender
        To: {to}
        Auto-Submitted: auto-replied
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type={kind};
        \tboundary="4Rk2.1795356007/relay.example"
        Message-Id: <20261122140007.4RK2@relay.example>

        This is a MIME-encapsulated message.

        --4Rk2.1795356007/relay.example
        Content-Description: Notification
        Content-Type: text/plain; charset=us-ascii

        This is the mail system at host relay.example.

        I'm sorry to have to inform you that your message could not
        be delivered to one or more recipients. It's attached below.

        --4Rk2.1795356007/relay.example
        Content-Description: Delivery report
        Content-Type: message/{kind}

        Reporting-MTA: dns; relay.example
        X-Postfix-Queue-ID: 4RK2
        Arrival-Date: Sun, 22 Nov 2026 14:00:02 +0000 (UTC)

        BLOCKS
        --4Rk2.1795356007/relay.example
        Content-Description: Undelivered Message
        Content-Type: message/rfc822

        From: Pine & Pace <news@example.com>
        Subject: Three runs and a hill

        ORIGINAL
        --4Rk2.1795356007/relay.example--
        """
        )
        .replace(b"BLOCKS", "\n".join(blocks).replace("\n", "\r\n").encode())
        .replace(b"ORIGINAL", original.replace("\n", "\r\n").encode())
    )


def exim(to: str, about: str = ABOUT, words: str = "550 5.1.1 User unknown") -> bytes:
    """Return a bounce of Exim from before it wrote RFC 3464."""
    return lines(
        f"""
        Return-path: <>
        Envelope-to: {to}
        X-Failed-Recipients: {about}
        Auto-Submitted: auto-replied
        From: Mail Delivery System <Mailer-Daemon@mx.readers.example>
        To: {to}
        Subject: Mail delivery failed: returning message to sender
        Date: Sun, 22 Nov 2026 14:01:00 +0000

        This message was created automatically by mail delivery software.

        A message that you sent could not be delivered to one or more of its
        recipients. This is a permanent error. The following address(es) failed:

          {about}
            SMTP error from remote mail server after RCPT TO:<{about}>:
            host mx2.readers.example [192.0.2.25]: {words}

        ------ This is a copy of the message, including all the headers. ------

        Return-path: <{to}>
        From: Pine & Pace <news@example.com>
        Subject: Error 5.1.6, a race report

        Up the hill before breakfast.
        """
    )


def exim_warning(to: str, about: str = ABOUT) -> bytes:
    """Return Exim's warning that a message waits."""
    return lines(
        f"""
        Return-path: <>
        Envelope-to: {to}
        Auto-Submitted: auto-replied
        From: Mail Delivery System <Mailer-Daemon@mx.readers.example>
        To: {to}
        Subject: Warning: message 1mXyZ2 delayed 24 hours

        This message was created automatically by mail delivery software.
        A message that you sent has not yet been delivered to one or more of its
        recipients after more than 24 hours on the queue on mx.readers.example.

        The address to which the message has not yet been delivered is:

          {about}

        No action is required on your part. Delivery attempts will continue for
        some time.
        """
    )


def exchange(to: str, about: str = ABOUT) -> bytes:
    """Return a bounce of an old Exchange server, in text."""
    return lines(
        f"""
        Return-Path: <>
        X-Original-To: {to}
        From: System Administrator <postmaster@office.example>
        To: {to}
        Subject: Undeliverable: Three runs and a hill
        X-Mailer: Internet Mail Service (5.5.2653.19)
        Content-Type: text/plain

        Your message

          To:      {about}
          Subject: Three runs and a hill
          Sent:    Sun, 22 Nov 2026 07:00:00 -0700

        did not reach the following recipient(s):

        {about} on Sun, 22 Nov 2026 07:00:09 -0700
            The recipient name is not recognized
            The MTS-ID of the original message is: c=us;a= ;p=office;l=MAIL-
            MSEXCH:IMS:OFFICE:MAIN:MAIL 0 (000C05A6) Unknown Recipient
        """
    )


def exchange_online(to: str, about: str = ABOUT) -> bytes:
    """Return a report of Exchange Online: RFC 3464 behind a page of HTML."""
    return lines(
        f"""
        From: <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@office.example>
        To: <{to}>
        Auto-Submitted: auto-replied
        Subject: Undeliverable: How to unsubscribe from winter
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=delivery-status; boundary="_3c1d_"

        --_3c1d_
        Content-Type: multipart/alternative; differences=Content-Type; boundary="_77_"

        --_77_
        Content-Type: text/plain; charset="us-ascii"

        {about} wasn't found at office.example.

        --_77_
        Content-Type: text/html; charset="us-ascii"

        <html><body><p>{about} wasn't found at office.example.</p></body></html>

        --_77_--

        --_3c1d_
        Content-Type: message/delivery-status

        Reporting-MTA: dns;AM0PR01MB1234.eurprd01.prod.exchangelabs.example

        Final-Recipient: rfc822;{about}
        Action: failed
        Status: 5.1.10
        Diagnostic-Code: smtp;550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient {about}
         not found by SMTP address lookup

        --_3c1d_
        Content-Type: message/rfc822

        Subject: How to unsubscribe from winter

        Up the hill.

        --_3c1d_--
        """
    )


def qmail(to: str, about: str = ABOUT) -> bytes:
    """Return a bounce of qmail (https://cr.yp.to/proto/qsbmf.txt)."""
    return lines(
        f"""
        Return-Path: <>
        Delivered-To: {to}
        From: MAILER-DAEMON@old.example
        To: {to}
        Subject: failure notice

        Hi. This is the qmail-send program at old.example.
        I'm afraid I wasn't able to deliver your message to the following addresses.
        This is a permanent error; I've given up. Sorry it didn't work out.

        <{about}>:
        Sorry, no mailbox here by that name. (#5.1.1)

        --- Below this line is a copy of the message.

        Return-Path: <{to}>
        Subject: Three runs and a hill

        Up the hill.
        """
    )


def complaint(to: str, about: str = ABOUT, kind: str = "abuse") -> bytes:
    """Return a complaint (RFC 5965), as a mailbox provider sends it."""
    return lines(
        f"""
        From: Feedback Loop <fbl@mailbox.example>
        To: <{to}>
        Subject: FW: Three runs and a hill
        MIME-Version: 1.0
        Content-Type: multipart/report; report-type=feedback-report; boundary="=_arf_"

        --=_arf_
        Content-Type: text/plain; charset="us-ascii"

        This is an email abuse report for an email message received from 192.0.2.9.

        --=_arf_
        Content-Type: message/feedback-report

        Feedback-Type: {kind}
        User-Agent: MailboxFeedback/1.0
        Version: 1
        Original-Mail-From: <news@example.com>
        Original-Rcpt-To: <{about}>
        Received-Date: Sun, 22 Nov 2026 14:00:05 +0000
        Source-IP: 192.0.2.9

        --=_arf_
        Content-Type: message/rfc822

        From: Pine & Pace <news@example.com>
        Subject: Three runs and a hill

        Up the hill.

        --=_arf_--
        """
    )


def vacation(to: str, about: str = ABOUT) -> bytes:
    """Return a reader's automatic reply (RFC 3834)."""
    return lines(
        f"""
        Return-Path: <>
        From: Ann <{about}>
        To: {to}
        Subject: Out of the office: Three runs and a hill
        Auto-Submitted: auto-replied

        I am away. Write to my colleague, bob@readers.example, until Monday.
        """
    )
