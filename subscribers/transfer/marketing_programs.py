"""The marketing programs whose exports are recognised, as newsletter_programs.py has the others.

Looked up 2026-11: Brevo in developers.brevo.com/reference/request-contact-export, Mautic in
its ExportHelper.php, AWeber in public scripts that read its files, and the others in their
help pages and in public files.
"""

from __future__ import annotations

from subscribers.transfer.formats import ONE_FILE_FOR_EACH_STATE, Format

MARKETING_PROGRAMS = (
    Format(
        name="Brevo",
        signatures=(
            frozenset({"email_blacklisted"}),
            frozenset({"email", "added_time", "modified_time"}),
            frozenset({"contact_id", "double_opt_in"}),
        ),
        columns={"signed_up_at": ("added_time",)},
        statuses={
            "email_blacklisted": "left",
            "blacklisted": "left",
            "double_opt_in": "confirmed",
            "opt_in": "opt_in",
        },
        harmless=frozenset({"sms_blacklisted", "whatsapp_blacklisted"}),
        needs=frozenset({"email_blacklisted", "blacklisted"}),
        asks="Brevo's export has the columns you choose: choose “EMAIL_BLACKLISTED” too",
        day_first=True,
    ),
    Format(
        name="Mautic",
        signatures=(
            frozenset({"email", "date_identified"}),
            frozenset({"email", "dateidentified"}),
            frozenset({"email", "points", "stage"}),
            frozenset({"email", "points", "lastactive"}),
            frozenset({"email", "points", "last_active"}),
            frozenset({"email", "attribution", "attribution_date"}),
        ),
        columns={"signed_up_at": ("date_identified", "dateidentified", "date_added")},
        statuses={"donotcontact": "left", "do_not_contact": "left", "dnc": "left"},
        harmless=frozenset({"state"}),
        asks="Mautic's export does not say who unsubscribed, bounced or complained. Export a "
        "segment without them (filters: unsubscribed “no”, bounced “no”)",
    ),
    Format(
        name="Campaign Monitor",
        signatures=(
            frozenset({"emailaddress", "state"}),
            frozenset({"email_address", "date_subscribed"}),
            frozenset({"email_address", "subscribed_date"}),
        ),
        columns={"signed_up_at": ("date_subscribed", "subscribed_date", "date")},
        statuses={"state": "word", "status": "word", "date_unsubscribed": "left"},
        asks=ONE_FILE_FOR_EACH_STATE,
    ),
    Format(
        name="AWeber",
        signatures=(
            frozenset({"add_method", "date_added"}),
            frozenset({"stop_status"}),
            frozenset({"ad_tracking", "add_time"}),
            frozenset({"ad_tracking", "email"}),
        ),
        columns={"name": ("name", "name_1"), "signed_up_at": ("date_added", "add_time")},
        statuses={"status": "word", "stop_status": "word", "inactive_date": "left"},
        harmless=frozenset({"verified", "stop_time"}),
        asks=ONE_FILE_FOR_EACH_STATE,
        day_first=False,
    ),
    Format(
        name="Constant Contact",
        signatures=(
            frozenset({"email_status", "email_permission_status"}),
            frozenset({"email_address", "confirmed_opt_out_date"}),
        ),
        columns={"tags": ("tags", "email_lists"), "source": ("source_name",)},
        statuses={
            "email_status": "word",
            "email_permission_status": "word",
            "confirmed_opt_out_date": "left",
        },
        words={
            "express": "active",
            "implied": "active",
            "no permissions set": "unsubscribed",
            "no permission set": "unsubscribed",
        },
        harmless=frozenset({"confirmed_opt_out_source", "confirmed_opt_out_reason"}),
        caveat="Constant Contact's export does not say who bounced; its report on bounces does.",
    ),
    Format(
        name="HubSpot",
        signatures=(
            frozenset({"unsubscribed_from_all_email"}),
            frozenset({"email_hard_bounce_reason"}),
            frozenset({"record_id", "marketing_contact_status"}),
        ),
        columns={"signed_up_at": ("create_date",)},
        statuses={
            "unsubscribed_from_all_email": "left",
            "opted_out_of_email:_marketing_information": "left",
            "email_hard_bounce_reason": "bounced",
            "email_address_quarantined": "left",
        },
        harmless=frozenset({"marketing_contact_status", "lead_status", "state", "state/region"}),
        needs=frozenset({"unsubscribed_from_all_email"}),
        asks="HubSpot's export has the columns you choose: choose “Unsubscribed from all email”",
    ),
    Format(
        name="Klaviyo",
        signatures=(
            frozenset({"klaviyo_id"}),
            frozenset({"email", "email_marketing_consent"}),
        ),
        statuses={"email_marketing_consent": "opt_in", "email_suppressed": "left"},
        harmless=frozenset({"sms_marketing_consent", "email_marketing_consent_timestamp"}),
        asks="Klaviyo's export has the columns you choose: choose “Email Marketing Consent”",
    ),
    Format(
        name="Wix",
        signatures=(frozenset({"email_subscriber_status"}),),
        columns={
            "email": ("email_1", "email", "email_address"),
            "signed_up_at": ("created_at_(utc+0)",),
            "tags": ("labels",),
        },
        statuses={"email_subscriber_status": "word"},
        harmless=frozenset({"sms_subscriber_status"}),
    ),
    Format(
        name="Shopify",
        signatures=(
            frozenset({"accepts_email_marketing"}),
            frozenset({"accepts_marketing", "total_spent"}),
        ),
        statuses={"accepts_email_marketing": "opt_in", "accepts_marketing": "opt_in"},
        harmless=frozenset({"accepts_sms_marketing"}),
    ),
    Format(
        name="Loops",
        signatures=(frozenset({"userid", "subscribed"}), frozenset({"usergroup", "subscribed"})),
        statuses={"subscribed": "opt_in"},
    ),
    Format(
        name="The Newsletter Plugin",
        signatures=(frozenset({"token", "status", "list_1"}),),
        columns={"signed_up_at": ("date", "created")},
        words={
            "c": "active",
            "s": "pending",
            "u": "unsubscribed",
            "b": "bounced",
            "p": "complained",
        },
    ),
    Format(
        name="ActiveCampaign",
        signatures=(
            frozenset({"email", "date_created", "ip", "status"}),
            frozenset({"email", "date_created", "ip_address", "status"}),
        ),
        words={"0": "pending", "1": "active", "2": "unsubscribed", "3": "bounced"},
    ),
)
