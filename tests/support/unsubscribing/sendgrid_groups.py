"""How SendGrid's stand-in unsubscribes: groups, Subscription Tracking, and their lists.

It refuses what SendGrid's schema refuses (https://github.com/twilio/sendgrid-oai), and besides what
would leave a reader with two ways out in the header, or with a tag where a link should be.
"""

from __future__ import annotations

from typing import Any
from urllib.parse import unquote

Payload = dict[str, Any]
Lists = dict[str, list[str]]
Groups = dict[int, list[str]]
_GROUP_TAG = "<%asm_group_unsubscribe_raw_url%>"
_ASM_FIELDS = frozenset({"group_id", "groups_to_display"})
_MOST_GROUPS = 25


def answer_suppressions(
    method: str, names: list[str], body: Any, lists: Lists, groups: Groups
) -> tuple[int, Any]:
    """Answer a call below `asm/` with its status and body."""
    everywhere = lists.setdefault("unsubscribes", [])
    match method, names:
        case "POST", ["suppressions", "global"]:
            everywhere += body["recipient_emails"]
            return 201, body
        case "DELETE", ["suppressions", "global", address]:
            return _remove(everywhere, unquote(address))
        case "POST", ["groups", group, "suppressions"]:
            # So SendGrid describes it: what is added to an unknown group counts everywhere.
            groups.get(int(group), everywhere).extend(body["recipient_emails"])
            return 201, body
        case "GET", ["groups", group] if int(group) in groups:
            return 200, {"id": int(group), "name": "Weekly", "description": "The newsletter"}
        case "GET", ["groups", group, "suppressions"] if int(group) in groups:
            return 200, groups[int(group)]
        case "DELETE", ["groups", group, "suppressions", address] if int(group) in groups:
            return _remove(groups[int(group)], unquote(address))
    return 404, {"errors": [{"field": None, "message": "not found"}]}


def _remove(listed: list[str], address: str) -> tuple[int, Any]:
    if address not in listed:
        return 404, {"errors": [{"field": None, "message": "not found"}]}
    listed.remove(address)
    return 204, None


def suppressed_addresses(payload: Payload, lists: Lists, groups: Groups) -> set[str]:
    """Return the addresses to which SendGrid would not deliver a request's messages."""
    bypass = payload["mail_settings"].get("bypass_unsubscribe_management", {"enable": False})
    everywhere = [] if bypass["enable"] else lists.get("unsubscribes", [])
    return {*everywhere, *groups.get(payload.get("asm", {}).get("group_id", 0), ())}


def count_links(payload: Payload) -> int:
    """Return in how many parts of a message SendGrid would write its unsubscribe link."""
    tag = _link_tag(payload)
    return sum(tag in part["value"] for part in payload["content"]) if tag else 0


def follow_link(message: Payload, lists: Lists, groups: Groups) -> None:
    """Unsubscribe the recipient of a message, who follows SendGrid's link in it.

    Raise AssertionError if one of its parts has none.
    """
    assert message["unsubscribe_links"] == 2, "SendGrid's link is in both parts"
    left = groups[message["group"]] if message["group"] else lists.setdefault("unsubscribes", [])
    left.append(message["to"])


def unsubscribe_fault(payload: Payload, groups: Groups) -> tuple[str, str] | None:
    """Return the field and the fault of a request that asks for SendGrid's link wrongly."""
    asm, tracking = payload.get("asm"), payload["tracking_settings"]["subscription_tracking"]
    if asm is not None:
        if fault := _asm_fault(asm, groups):
            return fault
        if tracking["enable"]:
            return "tracking_settings", "Subscription Tracking beside an unsubscribe group"
    texts = [part["value"] for part in payload["content"]]
    if asm is None and any("<%asm" in text for text in texts):
        return "content", "an unsubscribe tag without its group"
    headers = [payload["headers"]]
    headers += [each.get("headers", {}) for each in payload["personalizations"]]
    is_ours = any(name.lower().startswith("list-unsubscribe") for each in headers for name in each)
    return (
        ("headers", "List-Unsubscribe is there twice") if _link_tag(payload) and is_ours else None
    )


def _asm_fault(asm: Payload, groups: Groups) -> tuple[str, str] | None:
    shown = asm.get("groups_to_display", [])
    if set(asm) - _ASM_FIELDS or any(type(i) is not int for i in (asm.get("group_id"), *shown)):
        return "asm", "Invalid type. Expected: integer."
    if asm["group_id"] not in groups:
        return "asm.group_id", "The unsubscribe group does not exist."
    return ("asm.groups_to_display", "too many") if len(shown) > _MOST_GROUPS else None


def _link_tag(payload: Payload) -> str:
    """Return what SendGrid replaces by its unsubscribe link, "" if it adds none."""
    tracking = payload["tracking_settings"]["subscription_tracking"]
    if "asm" in payload:
        return _GROUP_TAG
    return str(tracking["substitution_tag"]) if tracking["enable"] else ""
