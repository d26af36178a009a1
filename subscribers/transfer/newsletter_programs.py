"""The newsletter programs whose exports are recognised: their headers, words and quirks.

Looked up 2026-11, in the programs' own code where it is public:

- Mailchimp: the files of an audience's archive, as the fixtures of TryGhost/migrate
  (mg-mailchimp-members) have them; which person is which, their names alone say.
- Substack: fixtures of TryGhost/migrate (mg-substack-members-csv), and the dashboard's export
  (github.com/buttondown/roadmap/issues/2282).
- listmonk: cmd/subscribers.go. Buttondown: docs.buttondown.com/api-subscribers-introduction.
- Ghost: the tests of its members API. MailPoet: ImportExportFactory.php.
- beehiiv: fixtures of TryGhost/migrate (mg-beehiiv-members).
- phpList: structure.php of its admin pages. Mailtrain: the server's route for subscriptions.
- Keila: the columns of its import, which its export repeats.
- Sendy: export-csv.php; it writes no header.
- WordPress.com and Jetpack: mostly a bare list (github.com/Automattic/jetpack/issues/40260);
  the words are those of wordpress.com/support/subscribers.
- Kit, MailerLite, EmailOctopus: the words of their help pages and public files.
- FeedBlitz and follow.it publish no columns: they are known by the file's name.

A date of sign-up does not count as a date of confirmation.
"""

from __future__ import annotations

import re

from subscribers.transfer.formats import ONE_FILE_FOR_EACH_STATE, Format

NEWSLETTER_PROGRAMS = (
    Format(
        name="Mailchimp",
        signatures=(frozenset({"leid", "euid"}), frozenset({"member_rating", "optin_time"})),
        columns={
            "confirmed_at": ("confirm_time",),
            "signed_up_at": ("optin_time", "confirm_time"),
            "latitude": ("latitude",),
            "timezone": ("timezone",),
            "country": ("cc",),
            "source": (),
        },
        statuses={
            "unsub_time": "left",
            "clean_time": "bounced",
            "status": "word",
            "unsub_reason": "reason",
        },
        # A "non-subscribed" or "transactional" contact bought something and never signed up.
        words={
            "non subscribed": "unsubscribed",
            "nonsubscribed": "unsubscribed",
            "transactional": "unsubscribed",
        },
        harmless=frozenset(
            {"optin_ip", "unsub_campaign_title", "unsub_campaign_id", "unsub_reason_other"}
        ),
        telling_headings={"unsub_time": "unsubscribed", "clean_time": "bounced"},
        sign_up_evidence=("optin_time", "confirm_time"),
    ),
    Format(
        name="Substack",
        signatures=(
            frozenset({"active_subscription", "expiry"}),
            frozenset({"active_subscription", "created_at"}),
            frozenset({"subscription_type", "activity", "subscription_date"}),
            frozenset({"user_email_address", "subscription_type"}),
        ),
        # active_subscription means paying; readers of the free edition are readers too.
        columns={"email": ("email", "user_email_address", "email_address")},
        statuses={"email_disabled": "left", "unsubscribed_at": "left"},
        harmless=frozenset({"active_subscription", "subscription_status", "cancel_date"}),
    ),
    Format(
        name="listmonk",
        signatures=(frozenset({"uuid", "attributes", "status"}),),
        words={"enabled": "active", "disabled": "unsubscribed", "blocklisted": "unsubscribed"},
        caveat="listmonk's export does not say who left a single list: take the addresses that "
        "left from its page “Subscribers”, and `newsletter subscribers remove` them.",
    ),
    Format(
        name="Buttondown",
        signatures=(
            frozenset({"email_address", "creation_date"}),
            frozenset({"email", "creation_date"}),
            frozenset({"subscriber_type"}),
        ),
        columns={"signed_up_at": ("creation_date",), "source": ()},
        statuses={
            "type": "word",
            "subscriber_type": "word",
            "status": "word",
            "unsubscription_date": "left",
            "undeliverability_date": "bounced",
        },
        harmless=frozenset({"unsubscription_reason", "undeliverability_reason"}),
        words={
            "regular": "active",
            "premium": "active",
            "paid": "active",
            "trialed": "active",
            "gifted": "active",
            "churning": "active",
            "churned": "active",
            "paused": "active",
            "past due": "active",
            "unactivated": "pending",
            "unpaid": "pending",
            "upcoming": "pending",
            "removed": "unsubscribed",
            "blocked": "unsubscribed",
            "spammy": "unsubscribed",
            "undeliverable": "bounced",
        },
    ),
    Format(
        name="Ghost",
        signatures=(
            frozenset({"subscribed_to_emails", "complimentary_plan"}),
            frozenset({"subscribed_to_emails", "created_at"}),
        ),
        columns={"tags": ("labels",), "signed_up_at": ("created_at",)},
        statuses={"subscribed_to_emails": "opt_in", "deleted_at": "left"},
    ),
    Format(
        name="MailPoet",
        signatures=(
            frozenset({"global_status", "list_status"}),
            frozenset({"subscription_ip", "global_status"}),
            frozenset({"subscription_ip", "list_status"}),
            frozenset({"subscription_ip", "confirmation_ip", "status"}),
        ),
        columns={
            "signed_up_at": ("subscription_time", "created_at"),
            "confirmed_at": ("confirmation_time",),
        },
        statuses={"global_status": "word", "list_status": "word", "status": "word"},
        # An inactive reader has opened nothing for long, and never left.
        words={"inactive": "active"},
    ),
    Format(
        name="beehiiv",
        signatures=(
            frozenset({"status", "tier", "created_at"}),
            frozenset({"status", "subscription_tier", "created_at"}),
            frozenset({"status", "created_at", "utm_source"}),
            frozenset({"status", "created_at", "last_opened_at"}),
        ),
        columns={"signed_up_at": ("created_at",), "tags": ("tags", "subscriber_tags")},
        statuses={"status": "word", "unsubscribed_at": "left"},
        words={
            "inactive": "unsubscribed",
            "validating": "pending",
            "needs attention": "pending",
            "invalid": "bounced",
            "paused": "active",
        },
    ),
    Format(
        name="phpList",
        signatures=(
            frozenset({"is_this_subscriber_confirmed"}),
            frozenset({"is_this_subscriber_blacklisted"}),
            frozenset({"is_this_user_confirmed"}),
            frozenset({"htmlemail", "blacklisted", "confirmed"}),
        ),
        columns={"signed_up_at": ("entered",), "name": ("name",)},
        statuses={
            "is_this_subscriber_confirmed": "confirmed",
            "is_this_subscriber_blacklisted": "left",
            "is_this_user_confirmed": "confirmed",
            "is_this_user_blacklisted": "left",
            "is_this_account_disabled?": "left",
            "confirmed": "confirmed",
            "blacklisted": "left",
            "disabled": "left",
        },
        harmless=frozenset(
            {
                "did_this_subscriber_manually_confirm",
                "did_this_user_manually_confirm",
                "optedin",
                "number_of_bounces",
                "bouncecount",
            }
        ),
    ),
    Format(
        name="Mailtrain",
        signatures=(frozenset({"cid", "hash_email"}), frozenset({"cid", "status", "email"})),
        columns={"name": ("merge_name", "name")},
    ),
    Format(
        name="Sendy",
        file_name=re.compile(r"sendy", re.IGNORECASE),
        asks="Export the states of the list one by one (“Active” first), and keep the names "
        "that Sendy gives the files",
    ),
    Format(
        name="EmailOctopus",
        signatures=(
            frozenset({"email_address", "status", "created_at"}),
            frozenset({"email_address", "status", "created_at_(utc)"}),
            frozenset({"email_address", "status", "last_updated_at"}),
            frozenset({"email_address", "status", "date_subscribed"}),
        ),
        columns={"signed_up_at": ("created_at", "created_at_(utc)", "date_subscribed")},
    ),
    Format(
        name="MailerLite",
        signatures=(
            frozenset({"subscriber", "subscribed"}),
            frozenset({"subscriber", "last_name"}),
            frozenset({"subscriber", "opens", "clicks"}),
            frozenset({"email", "opened", "clicked", "subscribed_date"}),
            frozenset({"email", "opens", "clicks", "subscribed"}),
        ),
        columns={
            "email": ("subscriber", "email"),
            "name": (),
            "first_name": ("name", "first_name"),
            "signed_up_at": ("subscribed", "subscribed_date"),
            "tags": ("groups", "tags"),
        },
        statuses={"status": "word", "unsubscribed": "left", "unsubscribed_date": "left"},
        harmless=frozenset({"opt_in_date", "optin_date", "opt_in_ip", "optin_ip", "state"}),
        asks=ONE_FILE_FOR_EACH_STATE,
    ),
    Format(
        name="WordPress.com",
        signatures=(
            frozenset({"email_subscription"}),
            frozenset({"subscription_status"}),
            frozenset({"subscription_type", "since"}),
        ),
        file_name=re.compile(r"jetpack|wordpress", re.IGNORECASE),
        columns={"signed_up_at": ("since", "date_subscribed", "subscribed_at")},
        statuses={"email_subscription": "word", "subscription_status": "word", "status": "word"},
        words={"not sending": "bounced"},
        silent_caveat="This file does not say who unsubscribed, never confirmed or bounced; the "
        "page “Subscribers” of WordPress.com does.",
    ),
    Format(
        name="Keila",
        signatures=(
            frozenset({"email", "data", "status"}),
            frozenset({"email", "data", "external_id"}),
        ),
        words={"unreachable": "bounced"},
        asks="Export the contacts with their status",
    ),
    Format(
        name="Kit",
        signatures=(
            frozenset({"email", "first_name", "created_at", "state"}),
            frozenset({"email", "first_name", "created_at", "status"}),
        ),
        file_name=re.compile(r"convertkit|\bkit[_-]", re.IGNORECASE),
        statuses={"status": "word", "state": "word"},
        # A cold subscriber has opened nothing for long, and never left.
        words={"inactive": "pending", "cold": "active", "cold subscriber": "active"},
    ),
    Format(
        name="FeedBlitz",
        signatures=(frozenset({"feedblitz_id"}),),
        file_name=re.compile(r"feedblitz", re.IGNORECASE),
        columns={
            "signed_up_at": ("subscribed", "date_subscribed", "subscription_date", "date_added")
        },
        statuses={"status": "word", "state": "word", "subscription_status": "word"},
        asks=ONE_FILE_FOR_EACH_STATE,
        day_first=False,
    ),
    Format(
        name="follow.it",
        signatures=(frozenset({"follower"}), frozenset({"follower_email"})),
        file_name=re.compile(r"follow[._-]?it|followers", re.IGNORECASE),
        columns={"email": ("email", "follower_email", "email_address", "follower")},
        statuses={"status": "word"},
        words={"following": "active", "unfollowed": "unsubscribed"},
    ),
    Format(
        name="Revue",
        file_name=re.compile(r"revue", re.IGNORECASE),
        asks="Revue's archive has a file for each state",
    ),
    Format(name="TinyLetter", file_name=re.compile(r"tinyletter", re.IGNORECASE)),
)
