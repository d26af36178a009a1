"""The words of SMTP refusals that say whose fault they are, in the order in which they decide.

Servers disagree about codes: 550 5.7.1 alone stands for an unknown user, a blocklist, DMARC or
a full mailbox. So the words come before the code (see replies.py). Each rule names where its
wording is documented.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from newsletter.models import Fault

# The command that a reply answers: the greeting, EHLO or STARTTLS, AUTH, MAIL FROM, RCPT TO,
# DATA, or the final dot of the message.
Phase = Literal["connect", "ehlo", "auth", "mail", "rcpt", "data", "dot"]

_ANY: tuple[Phase, ...] = ("connect", "ehlo", "auth", "mail", "rcpt", "data", "dot")
_NOT_AUTH: tuple[Phase, ...] = ("connect", "ehlo", "mail", "rcpt", "data", "dot")
_TRANSACTION: tuple[Phase, ...] = ("mail", "rcpt", "data", "dot")
_ABOUT_READER: tuple[Phase, ...] = ("rcpt", "data", "dot")
# The first digit of the code: 4yz refuses for now, 5yz for good (RFC 5321, 4.2.1).
_LATER = "4"
_NEVER = "5"


@dataclass(frozen=True, slots=True)
class WordRule:
    """Words that decide."""

    fault: Fault
    #: Searched for in the reply's text in lower case, without IP addresses.
    words: re.Pattern[str]
    #: Where this wording comes from.
    source: str
    #: The commands that the reply may answer.
    phases: tuple[Phase, ...]
    #: The first digits that its code may have.
    digits: str


def _rule(
    fault: Fault,
    words: str,
    source: str,
    phases: tuple[Phase, ...] = _ANY,
    digits: str = _LATER + _NEVER,
) -> WordRule:
    return WordRule(fault, re.compile(words), source, phases, digits)


WORD_RULES: tuple[WordRule, ...] = (
    # Login: only what says that it passes by itself is not ours.
    _rule(
        "account",
        "too many|too much|credits|limit|quota|exceeded|disabled|blocked|suspended",
        "Gmail 4.7.0, SendGrid 451, NetEase 451",
        phases=("auth",),
    ),
    _rule(
        "server_later",
        "temporar|connection lost|try again|internal|unavailable|timed? ?out|server error",
        "RFC 4954, 6 (454 4.7.0); Postfix smtpd_sasl_glue.c",
        phases=("auth",),
        digits=_LATER,
    ),
    _rule(
        "account",
        "",
        "RFC 4954, 6 (530, 534, 535, 538)",
        phases=("auth",),
    ),
    # The reader for now, between them what only looks like it: a quota of ours.
    _rule(
        "reader_later",
        r"gr[ea]y-? ?list|(4\.2\.0|451).*grey",
        "Postgrey, SQLgrey, milter-greylist",
    ),
    _rule(
        "reader_later",
        "verification in progress|unverified address|address verification",
        "Postfix reject_unverified_recipient",
        digits=_LATER,
    ),
    _rule(
        "reader_later",
        "is receiving mail|receivingrate|too (much|many) (e?mails?|messages?) in a short|"
        "mailbox (is )?busy|concurrent deliver|recipient thread|thread limit|(user|"
        "account|mailbox|recipient).{0,60}tempora?r(y|ily) (locked|disabled|unavailable|"
        "suspended|blocked)|home directory|recipient.{0,40}rate limit",
        "Gmail 4.2.1/5.2.1, Outlook.com, qmail-local, Exchange STOREDRV",
    ),
    _rule(
        "account",
        r"\b(daily|hourly|monthly|sending|send|relay|submission|outbound|smtp|"
        r"plan)\b.{0,30}\b(quota|limit|allowance)s?\b.{0,20}(exceed|reach)|message (quota|"
        r"limit)|(exceed|reach)\w*.{0,40}\b(daily|hourly|monthly|sending|relay|submission|"
        r"outbound|messages? per (day|hour|month))\b|submissionquota|credits? exceeded|"
        "out of credits|no credits|insufficient credit|relay quota|tenant.{0,20}exceeded|"
        "ratelimit .?user|limit.{0,20}for (your|this) (account|customer|plan)|"
        "too many login",
        "SendGrid, SES, Emailit, Google Workspace 5.4.5, Exchange Online 5.7.705",
        phases=_NOT_AUTH,
    ),
    _rule(
        "reader_later",
        "over ?(storage )?quota|quota (is )?exceed|exceeded.{0,30}(quota|storage)|"
        "overquota|(mail ?box|inbox|account|folder|user|boite|buzon|postfach|"
        r"casella).{0,40}\b(full|pleine?|lleno|voll|pien[ao])\b|(full|pleine) (mail ?box|"
        "inbox)|out of storage|storage (space|limit|allocation)|mailbox (size )?(limit|"
        "quota)|speicher|disk quota|(mailbox|recipient).{0,30}insufficient",
        "RFC 3463 x.2.2; Gmail OverQuotaTemp/Perm, Orange, Yandex, GMX",
        phases=_ABOUT_READER,
    ),
    _rule(
        "reader_later",
        "internal resources? (are |is )?temporarily unavailable|^busy|"
        "mailbox unavailable or access denied|mailbox.{0,30}(temporarily|in use|locked)",
        "Mimecast 451, QQ (smtp.codes)",
        phases=("rcpt", "dot"),
    ),
    # What the reader, or their domain, decided.
    _rule(
        "reader_refuses",
        "recipient'?s? preferences|rejected by (the |this )?(recipient|user)|"
        "by (the )?recipient'?s? (user|block|choice|filter|rule)|customer block ?list|"
        "not in whitelist for|recipient.{0,40}(account )?(is |has been )?blocked|"
        "destinataire est bloque|mailbox (is )?(frozen|blocked)|account is (frozen|"
        r"blocked)|resolver\.rst\.(authrequired|notauthorized|sendersnotallowed|"
        "restrictedtorecipients)|not authorized to send to|only accepts? (mail|"
        "messages) from|(recipient|user|mailbox).{0,40}(does not|doesn.t|not) accept|"
        r"violates [\w.-]+ email policy",
        "Facebook RCP-P2, Exchange RESOLVER.RST, Gmail, Laposte LPN007_426",
    ),
    # This connection.
    _rule(
        "session",
        "too many (concurrent |simultaneous |open )?(smtp )?(connections|sessions)|"
        r"(concurren\w+|connection|session)s? (rate )?limit|trop de connexions|(messages?|"
        "mails?|recipients?|transactions?|commands?|errors?|limit).{0,20}per (connection|"
        "session|transaction)|per session|per connection|connection expired|reconnect|"
        "(new|another) (session|connection)|separate transaction|too many (invalid|bad|"
        r"unknown|unrecognized|syntax|protocol|nonmail|errors?\b(?!.{0,40}blacklist))|"
        "time(d )?-? ?out|closing connection due|idle too long|"
        "too many recipients(?! from)|too many rcpt|(maximum|max|limit).{0,30}recipients|"
        "recipients? limit|number of recipients|submission rate for this client|"
        r"\b(mi:dmc|rp:drc|rp:cel|mi:cel|mi:ccl|rp:ccl|hl:icc)\b",
        "RFC 5321, 3.8 and 4.5.3.1.10; Postfix, Exim, Gmail 4.5.3, GoDaddy IB510, NetEase",
    ),
    # The message itself, where the words are plain.
    _rule(
        "message",
        r"\buribl|surbl|\bspf\b|spf (record|policy)|\bdkim\b|dmarc|\bmi:(spf|dma)\b|"
        r"\bdt:(spm|sum)\b|virus|malware|phish|infected|trojan|sender is unauthenticated|"
        "required authentication level|header|8-?bit|duplicate|multiple (addresses|from)|"
        r"from: ?header|spoof|forg(ed|ery)|json|\bmime\b|attachment|(message|mail|e-?mail|"
        "content|it).{0,40}(too (large|big|long)|exceeds?.{0,30}size|oversize)|(message|"
        r"fixed|maximum|recip\w*|allowed).{0,6}size.{0,20}(limit|exceed|maximum)|"
        "size (of the message |limit )?exceed|size ?limit|message content|"
        "content (is )?(rejected|denied|not acceptable|blocked|filter)|"
        "nature of the content|mail content|listed url|url.{0,30}(listed|block)|"
        "potential.{0,3}security|(message|mail|e-?mail|it).{0,40}(flagged|classified|"
        "scored|detected|identified|considered|looks? like|tagged|marked|"
        "appears).{0,20}spam|spam (content|detected|message|score|signature|pattern)|"
        r"mcspam|\bube\b|looks like spam|spam-?like",
        "RFC 7372, RFC 3463 x.6.x and x.3.4; Gmail, Outlook.com 5.7.515, Mimecast, URIBL",
        phases=_TRANSACTION,
    ),
    # Ourselves: sender, permission. Before RCPT a refusal knows no reader.
    _rule(
        "account",
        r"\bptr\b|reverse (dns|lookup|hostname)|\brdns\b|"
        "cannot find your (reverse )?hostname|forward dns|no dns for|"
        "helo command rejected|bad helo|unresolvable|"
        "(domain of )?sender.{0,60}(does not (exist|resolve)|not found|not exist|unknown|"
        "invalid|rejected|refused|denied|not (allowed|permitted|verified|authori[sz]ed|"
        "owned|logged))|(invalid|unverified|unroutable|unrouteable|unauthenticated|"
        "unauthori[sz]ed|banned|bad|blocked|suspected spam|unknown) sender|"
        "emetteur invalide|sender (verify|verification|address|domain)|sender id|"
        "(mailfrom|mail from|from) (domain|address).{0,40}(listed|rejected|invalid|not)|"
        "relay(ing)? (access )?(is )?(denied|disabled|disallowed|not (permitted|allowed)|"
        "prohibited)|not configured to relay|rp:frl|unable to relay|no relay|"
        "we do not relay|authentication (is )?required|not authenticated|"
        "authenticate first|must (first )?authenticate|must issue a starttls|"
        "starttls (is )?required|need to authenticate|smtp auth|(not|"
        "isn't) (authori[sz]ed|allowed|permitted) to (send|use|relay)|"
        "permissions? to send|send ?as ?denied|not associated with your|(activate|verify|"
        r"confirm) your (account|\w+ account)|sending (paused|suspended|disabled)|"
        "unusual sending|permanently deferred|domain.{0,60}not (allowed|verified|"
        "authori[sz]ed)|may not be mail exchanger",
        "Postfix smtpd_*_restrictions, Exchange Online 5.7.57, SES, Mailgun, Yahoo TS03/TSS09",
    ),
    _rule(
        "account",
        "account.{0,40}(suspend|disabled|deactivat|paused|not (active|activated))|"
        r"\b(reject|refus|denied|banned|blocked|policy|policies)",
        "Mailgun 421, SES; a refusal before RCPT knows no reader",
        phases=("connect", "ehlo", "mail"),
    ),
    # The server, for everybody, for now: rate limits pass by themselves.
    _rule(
        "server_later",
        "temporarily (deferred|rate|limited)|rate[- ]?limit|unusual rate|too much mail|"
        "too many (recipients|messages|mails) from|frequency (is )?limited|per second|"
        r"new or untrusted|unexpected volume|slow down|throttl|\b(hl:ifc|mi:sfq|rp:qrc|"
        r"rp:trc)\b|temporary (local|lookup|system|server)|lookup failure|"
        "configuration (error|problem)|insufficient (system|disk)|space shortage|"
        "system (storage|resources)|local error|server (is )?busy|temporarily rejected",
        "Yahoo TSS04, Gmail 4.7.28, Outlook.com 4.7.650, Postfix anvil, RFC 5321 451/452",
    ),
    # Ourselves: reputation, IP address.
    _rule(
        "account",
        r"spamhaus|sorbs|spamcop|dnsbl|\brbl\b|real-?time block|black-? ?list|block ?list|"
        r"block-list|deny ?list|\bbl\d|csi\.cloudmark|cdrbl|barracuda|ipcheck|senderscore|"
        r"reputation|banned (send|ip)|bad ip\b|(?<![?&])\bip[:=] ?ip|geoip|drbl|"
        r"not allowed to connect|your access|\b(ip|host|client|network|"
        r"sender)\b[^.;]{0,60}(is|was|has been|are)?[^.;]{0,12}\b(blocked|banned|bloquee|"
        "blacklisted|listed|rejected|refused)|blocked - see|bad behaviou?r|spam sender|"
        r"\bdt:rbl\b|hl:rep",
        "Spamhaus, Barracuda, Cloudmark, Proofpoint, Outlook.com S3150, GMX, OFR006_102",
        phases=_NOT_AUTH,
    ),
    # The server, by what is left of the words.
    _rule(
        "server_later",
        "try (again )?later|essayer plus tard|tempora?ril?y|temporaire|temporär|vorübergehend",
        "RFC 5321, 4.2.1: 4yz invites another try",
        phases=("connect", "ehlo", "mail", "data", "dot"),
        digits=_LATER,
    ),
    # The address is dead.
    _rule(
        "reader_gone",
        "(user|mail ?box|account|recipient|address|alias|customer|"
        r"inbox)s?\b.{0,60}\b(unknown|not (exist|found|known|listed|valid|available|here|"
        "active)|doesn'?t exist|does ?n[o']t exist|n'existe|invalid|unavailable|disabled|"
        "inactive|closed|expired|deleted|terminated|discontinued|suspended|deactivated|"
        "no longer|invalide|inconnu|unbekannt|rejected$)|(unknown|no such|invalid|bad|"
        "inactive|non-?existent|disabled|illegal|undeliverable|not a valid|unrouteable|"
        r"unroutable|not our|dead|expired) (\w+ ){0,3}(user|mail ?box|account|recipient|"
        "address|alias|customer|local|person|destination)|no mailbox|doesn'?t have an?|"
        "null mx|nullmx|does not accept mail|nosuchuser|disableduser|recipientnotfound|"
        r"user not|no user|rcpthosts|\(#5\.1\.1\)|rc:ne|not our customer|mailbox not|"
        "not a known user|addressee unknown",
        "RFC 3463 x.1.1, x.1.2, x.2.1; RFC 7505; Postfix, Exim, qmail, Gmail, Exchange",
        phases=_ABOUT_READER,
        digits=_NEVER,
    ),
)
