"""Exports of other newsletter programs: their real headers, and people who do not exist."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class ExportFile:
    """A file as another program writes it, and what must become of its people."""

    #: The name the program gives the file.
    name: str
    text: str
    #: The program the report names.
    format: str
    #: The status of each person; the part before the @ of their address.
    people: dict[str, str]

    @property
    def statuses(self) -> dict[str, str]:
        """Return address to status."""
        return {f"{person}@example.com": status for person, status in self.people.items()}


_MAILCHIMP = (
    '"Email Address","First Name","Last Name",MEMBER_RATING,OPTIN_TIME,OPTIN_IP,CONFIRM_TIME,'
    "CONFIRM_IP,LATITUDE,LONGITUDE,GMTOFF,DSTOFF,TIMEZONE,CC,REGION,{}LEID,EUID,NOTES,TAGS\n"
)
_UNSUB = "UNSUB_TIME,UNSUB_CAMPAIGN_TITLE,UNSUB_CAMPAIGN_ID,UNSUB_REASON,UNSUB_REASON_OTHER,"
_CLEAN = "CLEAN_TIME,CLEAN_CAMPAIGN_TITLE,CLEAN_CAMPAIGN_ID,"
_PHPLIST = (
    "id\tEmail\tIs this subscriber confirmed\tIs this subscriber blacklisted\t"
    "Did this subscriber manually confirm\tNumber of bounces\tEntered\tLast Modified\t"
    "Send this subscriber HTML emails\tIs this account disabled?\tList Membership\n"
)
_MAILPOET = (
    '\ufeff"Email","First name","Last name","Subscription IP","Subscription time",'
    '"Confirmation time","Confirmation IP","List status","Global status","List"\n'
)

EXPORTS = (
    ExportFile(
        name="subscribed_email_audience_export_9f2c1d.csv",
        format="Mailchimp",
        text=_MAILCHIMP.format("LAST_CHANGED,")
        + "ida@example.com,Ida,Moor,3,2023-04-02 07:10:00,192.0.2.7,2023-04-02 07:12:00,"
        "192.0.2.7,-37.8,144.9,10,11,Australia/Melbourne,AU,VIC,2025-01-02 03:04:05,71,ab1,,"
        '"""5k"""\n'
        "otto@example.com,Otto,Lund,2,,,,,,,,,,,,2025-01-02 03:04:05,72,ab2,,\n",
        people={"ida": "active", "otto": "active"},
    ),
    ExportFile(
        name="unsubscribed_email_audience_export_9f2c1d.csv",
        format="Mailchimp",
        text=_MAILCHIMP.format(_UNSUB)
        + "ute@example.com,Ute,,2,,,,,,,,,,,,2024-05-06 07:08:09,Spring,x1,NORMAL,,73,ab3,,\n"
        "karl@example.com,Karl,,2,,,,,,,,,,,,2024-05-06 07:08:09,Spring,x1,SPAM,,74,ab4,,\n",
        people={"ute": "unsubscribed", "karl": "complained"},
    ),
    ExportFile(
        name="readers that left.csv",
        format="Mailchimp",
        text=_MAILCHIMP.format(_UNSUB) + "ute@example.com,Ute,,2,,,,,,,,,,,,,,,,,73,ab3,,\n",
        people={"ute": "unsubscribed"},
    ),
    ExportFile(
        name="cleaned_email_audience_export_9f2c1d.csv",
        format="Mailchimp",
        text=_MAILCHIMP.format(_CLEAN)
        + "bo@example.com,Bo,,2,,,,,,,,,,,,2024-05-06 07:08:09,Spring,x1,75,ab5,,\n",
        people={"bo": "bounced"},
    ),
    ExportFile(
        name="email_list.trailnews.csv",
        format="Substack",
        text="email,active_subscription,expiry,plan,email_disabled,created_at,first_payment_at\n"
        "ida@example.com,false,,other,false,2024-01-02T03:04:05.678Z,\n"
        "otto@example.com,true,2027-01-02T00:00:00.000Z,yearly,false,2024-01-02T03:04:05.678Z,\n"
        "ute@example.com,false,,other,true,2024-01-02T03:04:05.678Z,\n",
        people={"ida": "active", "otto": "active", "ute": "unsubscribed"},
    ),
    ExportFile(
        name="trailnews.example-1204-email-subscribers.csv",
        format="",
        text="ida@example.com\notto@example.com\n",
        people={"ida": "active", "otto": "active"},
    ),
    ExportFile(
        name="jetpack-subscribers.csv",
        format="WordPress.com",
        text="Name,Email,Subscription type,Email subscription,Since\n"
        "Ida,ida@example.com,Free,Subscribed,2025-01-01\n"
        "Ute,ute@example.com,Free,Not subscribed,2025-01-01\n"
        "Nils,nils@example.com,Free,Not confirmed,2025-01-01\n"
        "Bo,bo@example.com,Free,Not sending,2025-01-01\n",
        people={"ida": "active", "ute": "unsubscribed", "nils": "pending", "bo": "bounced"},
    ),
    ExportFile(
        name="subscribers.csv",
        format="Buttondown",
        text="email,notes,metadata,tags,referrer_url,secondary_id,subscriber_type,source,"
        "creation_date\n"
        'ida@example.com,,"{""shoe"": 39}",5k,,1,regular,form,2024-02-03T04:05:06Z\n'
        "otto@example.com,,{},,,2,past_due,form,2024-02-03T04:05:06Z\n"
        "nils@example.com,,{},,,3,unactivated,form,2024-02-03T04:05:06Z\n"
        "ute@example.com,,{},,,4,spammy,form,2024-02-03T04:05:06Z\n"
        "bo@example.com,,{},,,5,undeliverable,form,2024-02-03T04:05:06Z\n"
        "karl@example.com,,{},,,6,complained,form,2024-02-03T04:05:06Z\n",
        people={
            "ida": "active",
            "otto": "active",
            "nils": "pending",
            "ute": "unsubscribed",
            "bo": "bounced",
            "karl": "complained",
        },
    ),
    ExportFile(
        name="subscribers (1).csv",
        format="listmonk",
        text="uuid,email,name,attributes,status,created_at,updated_at\n"
        'a1,ida@example.com,Ida,"{""city"": ""Ulm""}",enabled,2024-01-02 15:04:05.99 +0000 UTC,'
        "2024-01-02 15:04:05.99 +0000 UTC\n"
        "a2,ute@example.com,Ute,{},blocklisted,2024-01-02 15:04:05.9 +0000 UTC,\n",
        people={"ida": "active", "ute": "unsubscribed"},
    ),
    ExportFile(
        name="trail-news.members.2026-03-04.csv",
        format="Ghost",
        text="id,email,name,note,subscribed_to_emails,complimentary_plan,stripe_customer_id,"
        "created_at,deleted_at,labels,tiers\n"
        '64a1,ida@example.com,Ida,,true,false,,2024-01-02T03:04:05.000Z,,"club,5k",\n'
        "64a2,ute@example.com,Ute,,false,false,,2024-01-02T03:04:05.000Z,,,\n"
        "64a3,otto@example.com,Otto,,true,false,,2024-01-02T03:04:05.000Z,"
        "2025-01-02T03:04:05.000Z,,\n",
        people={"ida": "active", "ute": "unsubscribed", "otto": "unsubscribed"},
    ),
    ExportFile(
        name="subscribers_kit.csv",
        format="Kit",
        text="first_name,email,created_at,state\n"
        "Ida,ida@example.com,2024-01-02T03:04:05Z,active\n"
        "Otto,otto@example.com,2024-01-02T03:04:05Z,cold\n"
        "Nils,nils@example.com,2024-01-02T03:04:05Z,inactive\n"
        "Ute,ute@example.com,2024-01-02T03:04:05Z,cancelled\n"
        "Bo,bo@example.com,2024-01-02T03:04:05Z,bounced\n"
        "Karl,karl@example.com,2024-01-02T03:04:05Z,complained\n",
        people={
            "ida": "active",
            "otto": "active",
            "nils": "pending",
            "ute": "unsubscribed",
            "bo": "bounced",
            "karl": "complained",
        },
    ),
    ExportFile(
        name="MailPoet_export_1f3a.csv",
        format="MailPoet",
        text=_MAILPOET + '"ida@example.com","Ida","Moor","192.0.2.7","2023-04-02 07:10:00",'
        '"2023-04-02 07:12:00","192.0.2.7","subscribed","subscribed","Running"\n'
        '"otto@example.com","Otto","","","2023-04-02 07:10:00","","","subscribed","inactive",'
        '"Running"\n'
        '"nils@example.com","","","","2023-04-02 07:10:00","","","subscribed","unconfirmed",'
        '"Running"\n'
        '"ute@example.com","","","","2023-04-02 07:10:00","","","unsubscribed","subscribed",'
        '"Running"\n'
        '"bo@example.com","","","","2023-04-02 07:10:00","","","unsubscribed","bounced",'
        '"Running"\n',
        people={
            "ida": "active",
            "otto": "active",
            "nils": "pending",
            "ute": "unsubscribed",
            "bo": "bounced",
        },
    ),
    ExportFile(
        name="trail-news-subscribers-2026-03-04.csv",
        format="beehiiv",
        text="email,First Name,Last Name,status,tier,created_at,utm_source,unsubscribed_at\n"
        "ida@example.com,Ida,Moor,active,free,2024-03-24 10:23:10 UTC,site,\n"
        "nils@example.com,Nils,,pending,free,2024-03-24 10:23:10 UTC,,\n"
        "ute@example.com,Ute,,inactive,free,2024-03-24 10:23:10 UTC,,\n"
        "otto@example.com,Otto,,active,premium,2024-03-24 10:23:10 UTC,,"
        "2025-03-13 11:33:53 UTC\n",
        people={
            "ida": "active",
            "nils": "pending",
            "ute": "unsubscribed",
            "otto": "unsubscribed",
        },
    ),
    ExportFile(
        name="unsubscribed_subscribers.csv",
        format="MailerLite",
        text="Subscriber,Name,Last name,Sent,Opens,Clicks,Subscribed,Location\n"
        "ute@example.com,Ute,Berg,12,3,0,2024-01-02 03:04:05,Ulm\n",
        people={"ute": "unsubscribed"},
    ),
    ExportFile(
        name="mailerlite_active.csv",
        format="MailerLite",
        text="Subscriber,Name,Last name,Sent,Opens,Clicks,Subscribed,Location\n"
        "ida@example.com,Ida,Moor,12,3,0,2024-01-02 03:04:05,Ulm\n",
        people={"ida": "active"},
    ),
    ExportFile(
        name="mailerlite_all.csv",
        format="MailerLite",
        text="Subscriber,Name,Last name,Status,Subscribed\n"
        "ida@example.com,Ida,Moor,Active,2024-01-02 03:04:05\n"
        "nils@example.com,Nils,,Unconfirmed,2024-01-02 03:04:05\n"
        "bo@example.com,Bo,,Bounced,2024-01-02 03:04:05\n"
        "karl@example.com,Karl,,Junk,2024-01-02 03:04:05\n",
        people={"ida": "active", "nils": "pending", "bo": "bounced", "karl": "complained"},
    ),
    ExportFile(
        name="contacts_export.csv",
        format="Brevo",
        text="EMAIL;LASTNAME;FIRSTNAME;SMS;EMAIL_BLACKLISTED;SMS_BLACKLISTED;DOUBLE_OPT-IN;"
        "ADDED_TIME;MODIFIED_TIME\n"
        "ida@example.com;Moor;Ida;;No;Yes;Yes;03-04-2024 07:10;03-04-2024 07:10\n"
        "ute@example.com;Berg;Ute;;Yes;No;Yes;03-04-2024 07:10;03-04-2024 07:10\n"
        "nils@example.com;;Nils;;No;No;No;03-04-2024 07:10;03-04-2024 07:10\n",
        people={"ida": "active", "ute": "unsubscribed", "nils": "pending"},
    ),
    ExportFile(
        name="phpList Export from 2024-01-01 to 2026-03-04.csv",
        format="phpList",
        text=_PHPLIST
        + "1\tida@example.com\t1\t0\t1\t0\t2023-04-02 07:10:00\t2024-01-01 00:00:00\t1\t0\tRun\n"
        "2\tnils@example.com\t0\t0\t0\t0\t2023-04-02 07:10:00\t2024-01-01 00:00:00\t1\t0\tRun\n"
        "3\tute@example.com\t1\t1\t1\t0\t2023-04-02 07:10:00\t2024-01-01 00:00:00\t1\t0\tRun\n"
        "4\totto@example.com\t1\t0\t1\t2\t2023-04-02 07:10:00\t2024-01-01 00:00:00\t1\t1\tRun\n",
        people={
            "ida": "active",
            "nils": "pending",
            "ute": "unsubscribed",
            "otto": "unsubscribed",
        },
    ),
    ExportFile(
        name="mautic-with-dnc.csv",
        format="Mautic",
        text="id,email,firstname,lastname,points,stage,state,date_identified,do_not_contact\n"
        "1,ida@example.com,Ida,Moor,5,,Bavaria,2024-01-02 03:04:05,0\n"
        "2,ute@example.com,Ute,,5,,Bavaria,2024-01-02 03:04:05,1\n",
        people={"ida": "active", "ute": "unsubscribed"},
    ),
    ExportFile(
        name="running-active.csv",
        format="Sendy",
        text='"Ida Moor","ida@example.com"\n"Otto","otto@example.com"\n',
        people={"ida": "active", "otto": "active"},
    ),
    ExportFile(
        name="running-marked-as-spam.csv",
        format="Sendy",
        text='"Karl","karl@example.com","Jan 02 2024"\n',
        people={"karl": "complained"},
    ),
    ExportFile(
        name="running-unconfirmed.csv",
        format="Sendy",
        text='"Nils","nils@example.com"\n',
        people={"nils": "pending"},
    ),
    ExportFile(
        name="keila_contacts.csv",
        format="Keila",
        text="Email,First name,Last name,External ID,Data,Status\n"
        'ida@example.com,Ida,Moor,7,"{""shoe"": 39}",active\n'
        "ute@example.com,Ute,,8,{},unsubscribed\n"
        "bo@example.com,Bo,,9,{},unreachable\n",
        people={"ida": "active", "ute": "unsubscribed", "bo": "bounced"},
    ),
    ExportFile(
        name="subscriptions-x7-0-2026-03-04T07_00_00.csv",
        format="Mailtrain",
        text="cid,status,HASH_EMAIL,EMAIL,MERGE_NAME\n"
        "c1,subscribed,h1,ida@example.com,Ida\n"
        "c2,unsubscribed,h2,ute@example.com,Ute\n"
        "c3,bounced,h3,bo@example.com,Bo\n"
        "c4,complained,h4,karl@example.com,Karl\n",
        people={
            "ida": "active",
            "ute": "unsubscribed",
            "bo": "bounced",
            "karl": "complained",
        },
    ),
    ExportFile(
        name="emailoctopus-running.csv",
        format="EmailOctopus",
        text="Email address,First name,Last name,Status,Created at\n"
        "ida@example.com,Ida,Moor,SUBSCRIBED,2024-01-02T03:04:05+00:00\n"
        "nils@example.com,Nils,,PENDING,2024-01-02T03:04:05+00:00\n"
        "ute@example.com,Ute,,UNSUBSCRIBED,2024-01-02T03:04:05+00:00\n",
        people={"ida": "active", "nils": "pending", "ute": "unsubscribed"},
    ),
    ExportFile(
        name="Bounced subscribers.csv",
        format="Campaign Monitor",
        text="Name,Email Address,Date Subscribed\nBo,bo@example.com,2024-01-02 03:04:05\n",
        people={"bo": "bounced"},
    ),
    ExportFile(
        name="campaign-monitor.csv",
        format="Campaign Monitor",
        text="EmailAddress,Name,Date,State\n"
        "ida@example.com,Ida,2024-01-02 03:04:05,Active\n"
        "ute@example.com,Ute,2024-01-02 03:04:05,Deleted\n",
        people={"ida": "active", "ute": "unsubscribed"},
    ),
    ExportFile(
        name="active_leads.csv",
        format="AWeber",
        text="Email,Name,Add Method,Verified,Date Added,tags\n"
        "ida@example.com,Ida,webform,Verified,2024-01-02,club\n"
        "otto@example.com,Otto,import,Not Verified,2024-01-02,\n",
        people={"ida": "active", "otto": "active"},
    ),
    ExportFile(
        name="inactive_leads.csv",
        format="AWeber",
        text="Email,Name,Add Method,Date Added,Status,Inactive Date\n"
        "ute@example.com,Ute,webform,2024-01-02,unsubscribed,2025-01-02\n",
        people={"ute": "unsubscribed"},
    ),
    ExportFile(
        name="feedblitz-running.csv",
        format="FeedBlitz",
        text="Email,Status,Subscribed\n"
        "ida@example.com,Active,1/2/2024\n"
        "nils@example.com,Pending,1/2/2024\n"
        "ute@example.com,Unsubscribed,1/2/2024\n",
        people={"ida": "active", "nils": "pending", "ute": "unsubscribed"},
    ),
    ExportFile(
        name="follow.it-followers.csv",
        format="follow.it",
        text="Email\nida@example.com\n",
        people={"ida": "active"},
    ),
    ExportFile(
        name="unsubscribed_revue.csv",
        format="Revue",
        text="email,first_name,last_name,created_at\n"
        "ute@example.com,Ute,Berg,2021-05-06 07:08:09\n",
        people={"ute": "unsubscribed"},
    ),
    ExportFile(
        name="contact_export_1126.csv",
        format="Constant Contact",
        text="Email address,First name,Last name,Email status,Email permission status,"
        "Confirmed Opt-Out Date,Confirmed Opt-Out Reason,Created At\n"
        "ida@example.com,Ida,Moor,Active,Implied,,,2024-01-02 03:04:05 -0500\n"
        "nils@example.com,Nils,,Awaiting Confirmation,Express,,,2024-01-02 03:04:05 -0500\n"
        "ute@example.com,Ute,,Active,Implied,2025-01-02,too many,2024-01-02 03:04:05 -0500\n",
        people={"ida": "active", "nils": "pending", "ute": "unsubscribed"},
    ),
    ExportFile(
        name="activecampaign.csv",
        format="ActiveCampaign",
        text="Email,First Name,Last Name,Phone,Tags,Date Created,IP,Status\n"
        "ida@example.com,Ida,Moor,,club,2024-01-02 03:04:05,192.0.2.7,Active\n"
        "bo@example.com,Bo,,,,2024-01-02 03:04:05,192.0.2.7,Bounced\n",
        people={"ida": "active", "bo": "bounced"},
    ),
    ExportFile(
        name="wix-contacts.csv",
        format="Wix",
        text="First Name,Last Name,Email 1,Labels,Created At (UTC+0),Email subscriber status,"
        "SMS subscriber status,Source,Language\n"
        "Ida,Moor,ida@example.com,club,2024-01-02 03:04,Subscribed,Never subscribed,form,en\n"
        "Otto,,otto@example.com,,2024-01-02 03:04,Never subscribed,Never subscribed,shop,en\n",
        people={"ida": "active", "otto": "unsubscribed"},
    ),
    ExportFile(
        name="customers_export.csv",
        format="Shopify",
        text="Customer ID,First Name,Last Name,Email,Accepts Email Marketing,Phone,"
        "Accepts SMS Marketing,Total Spent,Total Orders,Note,Tax Exempt,Tags\n"
        "'901,Ida,Moor,ida@example.com,yes,'+1,no,0.00,0,,no,\n"
        "'902,Ute,,ute@example.com,no,,yes,9.00,1,,no,\n",
        people={"ida": "active", "ute": "unsubscribed"},
    ),
    ExportFile(
        name="liste.csv",
        format="",
        text="Adresse e-mail;Prénom;Nom;Statut\n"
        "ida@example.com;Ida;Moor;Abonné\n"
        "nils@example.com;Nils;;En attente\n"
        "ute@example.com;Ute;;Désabonnée\n",
        people={"ida": "active", "nils": "pending", "ute": "unsubscribed"},
    ),
)
