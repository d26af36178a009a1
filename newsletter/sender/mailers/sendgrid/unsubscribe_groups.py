"""SendGrid's own unsubscribe link: by an unsubscribe group, or by Subscription Tracking.

With a group (`asm`), a reader leaves what is sent to that group, and SendGrid writes its link in
place of `<%asm_group_unsubscribe_raw_url%>`. Without one, Subscription Tracking writes it in place
of a tag of ours, and a reader leaves all that comes from the account. Either way SendGrid adds
`List-Unsubscribe` itself, so we add none: which of two would count is not documented. Sources:
https://www.twilio.com/docs/sendgrid/ui/sending-email/group-unsubscribes,
https://www.twilio.com/docs/sendgrid/ui/sending-email/list-unsubscribe and the mail/send schema
(https://github.com/twilio/sendgrid-oai)
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from newsletter import merge

_GROUP_LINK = "<%asm_group_unsubscribe_raw_url%>"
_PREFERENCES_LINK = "<%asm_preferences_raw_url%>"


@dataclass(frozen=True, slots=True, kw_only=True)
class UnsubscribeGroups:
    """The groups of `[sender.sendgrid]`."""

    #: The group that a reader leaves; 0 for none.
    group: int = 0
    #: The groups on SendGrid's preferences page; () for this one alone.
    shown: tuple[int, ...] = ()

    def asm(self) -> dict[str, Any]:
        """Return the `asm` object of a request, {} without a group.

        The groups to display are always named: SendGrid would show the account's default ones.
        """
        if not self.group:
            return {}
        return {"group_id": self.group, "groups_to_display": list(self.shown or (self.group,))}

    def subscription_tracking(self, nonce: str) -> dict[str, Any]:
        """Return the setting of Subscription Tracking for an edition with this nonce."""
        if self.group:
            return {"enable": False}
        tag = merge.tag(nonce, merge.UNSUBSCRIBE["sendgrid"])
        return {"enable": True, "substitution_tag": tag}

    def links(self, nonce: str) -> Mapping[str, str]:
        """Return what SendGrid replaces by its links, by the name of the merge field."""
        if not self.group:
            name = merge.UNSUBSCRIBE["sendgrid"]
            return {name: merge.tag(nonce, name)}
        return {
            merge.UNSUBSCRIBE["sendgrid"]: _GROUP_LINK,
            merge.PREFERENCES["sendgrid"]: _PREFERENCES_LINK,
        }


NO_GROUPS = UnsubscribeGroups()
