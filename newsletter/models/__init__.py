"""The values that flow from feed to inbox.

    Feed ─▶ FetchResult ─▶ Post ─▶ Issue ─▶ Edition ─▶ Recipient ─▶ Receipt
    (posts)              (issues, seasons)         (deliveries)

All are frozen; a change is a new value (`replace` of dataclasses, or of msgspec.structs).
Collections are tuples, times are aware and UTC, absent text is "". Import them from here.
`delivery_state` holds the state machines of issues, batches and deliveries, and when a delivery
that was put off is tried again.
"""

from __future__ import annotations

from newsletter.models.decisions import (
    COMMAND_LINE,
    DESK,
    Decider,
    DecisionKind,
    LoggedDecision,
    SlotChange,
)
from newsletter.models.deliveries import (
    DeliveryStatus,
    Fault,
    Figures,
    Profile,
    Receipt,
    ReceiptOutcome,
    Recipient,
    Topic,
)
from newsletter.models.issues import (
    NO_EDITS,
    BeforeRelease,
    Edition,
    Issue,
    IssueStatus,
    Layout,
    Letterhead,
    OwnEdits,
    PreferencesPlace,
    Race,
    Rhythm,
    Theme,
    Treatment,
    UnsubscribeWay,
)
from newsletter.models.posts import (
    NO_HTML,
    Facts,
    Feed,
    FeedState,
    FetchResult,
    Image,
    LeftOut,
    Post,
    PostState,
    SafeHtml,
    Source,
)
from newsletter.models.seasons import (
    AUTO_GREETING,
    HEMISPHERES,
    MONTHS,
    PART_NAMES,
    Greeting,
    GreetingOverride,
    GreetingPart,
    Hemisphere,
    PartName,
    Phase,
    Season,
    SeasonName,
    UsedPart,
)

__all__ = [
    "AUTO_GREETING",
    "COMMAND_LINE",
    "DESK",
    "HEMISPHERES",
    "MONTHS",
    "NO_EDITS",
    "NO_HTML",
    "PART_NAMES",
    "BeforeRelease",
    "Decider",
    "DecisionKind",
    "DeliveryStatus",
    "Edition",
    "Facts",
    "Fault",
    "Feed",
    "FeedState",
    "FetchResult",
    "Figures",
    "Greeting",
    "GreetingOverride",
    "GreetingPart",
    "Hemisphere",
    "Image",
    "Issue",
    "IssueStatus",
    "Layout",
    "LeftOut",
    "Letterhead",
    "LoggedDecision",
    "OwnEdits",
    "PartName",
    "Phase",
    "Post",
    "PostState",
    "PreferencesPlace",
    "Profile",
    "Race",
    "Receipt",
    "ReceiptOutcome",
    "Recipient",
    "Rhythm",
    "SafeHtml",
    "Season",
    "SeasonName",
    "SlotChange",
    "Source",
    "Theme",
    "Topic",
    "Treatment",
    "UnsubscribeWay",
    "UsedPart",
]
