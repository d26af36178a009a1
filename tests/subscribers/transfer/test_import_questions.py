"""What an import asks the author, before anything is stored."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from subscribers.errors import ImportRejected
from subscribers.models import ImportAnswers, ImportReport

Load = Callable[..., ImportReport]
Listed = Callable[[], dict[str, str]]


def test_a_column_that_looks_like_a_status_stops_the_import_with_three_examples(
    load: Load, listed: Listed
) -> None:
    rows = "".join(f"runner{number}@example.com,{number % 4}\n" for number in range(2_000))

    with pytest.raises(ImportRejected) as caught:
        load(f"email,mailing consent\n{rows}", skip_bad=True)

    assert listed() == {}
    for part in (
        *("“mailing consent”", "“0”, “1”, “2”"),
        *('--status-column "mailing consent"', '--ignore-column "mailing consent"'),
    ):
        assert part in str(caught.value)
    assert "“3”" not in str(caught.value)


def test_with_the_author_s_answer_the_column_is_read_or_left(load: Load, listed: Listed) -> None:
    content = "email,unsubscribed\nida@example.com,no\nute@example.com,yes\n"

    load(content, answers=ImportAnswers(status_columns=("Unsubscribed",)))
    assert listed() == {"ida@example.com": "active", "ute@example.com": "unsubscribed"}

    report = load(
        content.replace("@example.com", "@example.net"),
        answers=ImportAnswers(ignored_columns=("unsubscribed",)),
    )
    assert report.unread_columns == ("unsubscribed",)
    assert listed()["ute@example.net"] == "active"


def test_of_several_status_columns_the_gravest_wins(load: Load, listed: Listed) -> None:
    load(
        "email,status,bounced,complained\n"
        "ida@example.com,active,no,no\n"
        "bo@example.com,unsubscribed,yes,no\n"
        "karl@example.com,active,yes,yes\n",
        answers=ImportAnswers(status_columns=("bounced", "complained")),
    )

    assert list(listed().values()) == ["active", "bounced", "complained"]


def test_a_strange_word_in_a_column_that_the_author_named_rejects_its_line(
    load: Load, listed: Listed
) -> None:
    report = load(
        "email,abo\nida@example.com,ja\nute@example.com,vielleicht\n",
        answers=ImportAnswers(status_columns=("abo",)),
        skip_bad=True,
    )

    assert listed() == {"ida@example.com": "active"}
    assert report.rejected[0].reason == "“vielleicht” under “abo” is no status that we know."


def test_a_column_called_subscribed_is_a_date_only_where_it_holds_dates(
    load: Load, listed: Listed
) -> None:
    load("email,subscribed_at\nida@example.com,2024-01-02\notto@example.com,\n")
    assert list(listed()) == ["ida@example.com", "otto@example.com"]

    with pytest.raises(ImportRejected, match=r"“subscribed_at”.*“no”"):
        load("email,subscribed_at\nute@example.com,no\n")
    with pytest.raises(ImportRejected, match=r"“Subscribed”.*“No”"):
        load(
            "Subscriber,Name,Last name,Subscribed\nute@example.com,,,No\n",
            file_name="active.csv",
        )


def test_a_no_among_dates_of_sign_up_rejects_its_line_however_late_it_comes(
    load: Load, listed: Listed
) -> None:
    dates = "".join(f"runner{number}@example.com,2024-01-02\n" for number in range(1_200))

    report = load(f"email,subscribed_at\n{dates}ute@example.com,no\n", skip_bad=True)

    assert "ute@example.com" not in listed()
    assert report.rejected[0].reason == "“no” is no date of sign-up."


def test_even_a_wrong_answer_ends_in_a_sentence(load: Load, listed: Listed) -> None:
    with pytest.raises(ImportRejected, match="is no status that we know"):
        load("email\nida@example.com\n", answers=ImportAnswers(status_columns=("email",)))

    assert listed() == {}


def test_strange_words_under_status_are_asked_about(load: Load, listed: Listed) -> None:
    with pytest.raises(ImportRejected, match=r"“status” may say who left.*“Gold”, “Silver”"):
        load("email,status\nida@example.com,Gold\notto@example.com,Silver\n")

    assert listed() == {}


def test_an_option_that_names_no_column_lists_those_there_are(load: Load) -> None:
    with pytest.raises(ImportRejected, match="no column is called “stat”"):
        load("email\nida@example.com\n", answers=ImportAnswers(status_columns=("stat",)))


@pytest.mark.parametrize(
    ("content", "name", "says"),
    [
        ("Subscriber,Name,Last name,Subscribed\nida@example.com,,,\n", "list.csv", "MailerLite"),
        ("Email Address,Name,Date Subscribed\nida@example.com,,\n", "a.csv", "Campaign Monitor"),
        ('"Ida","ida@example.com"\n', "running.csv", "Sendy"),
        ('"Ida","ida@example.com"\n', "running-all.csv", "Sendy"),
        ("email,points,stage\nida@example.com,1,\n", "contacts.csv", "Mautic"),
        ("EMAIL,ADDED_TIME,MODIFIED_TIME\nida@example.com,,\n", "c.csv", "EMAIL_BLACKLISTED"),
        ("Email,Email hard bounce reason\nida@example.com,\n", "c.csv", "Unsubscribed from all"),
        ("email\nida@example.com\n", "friends-deleted.csv", "is called “deleted”"),
    ],
)
def test_a_file_that_does_not_say_whose_it_is_is_asked_about(
    load: Load, listed: Listed, content: str, name: str, says: str
) -> None:
    with pytest.raises(ImportRejected, match=says) as caught:
        load(content, file_name=name)

    assert "--status active" in str(caught.value)
    assert listed() == {}

    load(content, file_name=name, answers=ImportAnswers(status="pending"))
    assert listed() == {"ida@example.com": "pending"}


def test_mailchimp_s_people_without_a_time_of_sign_up_need_the_file_s_own_name(
    load: Load, listed: Listed
) -> None:
    content = (
        "Email Address,OPTIN_TIME,CONFIRM_TIME,LEID,EUID\n"
        "ida@example.com,,2024-01-02 03:04:05,1,a\notto@example.com,,,2,b\n"
    )
    with pytest.raises(ImportRejected, match="no time at which this person signed up"):
        load(content, file_name="people.csv")

    load(content, file_name="subscribed_email_audience_export_1a2b.csv")
    assert list(listed().values()) == ["active", "active"]


def test_the_report_names_columns_that_are_not_read_and_counts_statuses(load: Load) -> None:
    load("email\nknown@example.com\n")

    report = load(
        "email,status,shoe size,Club\nida@example.com,,39,x\nute@example.com,unsubscribed,,\n"
        "known@example.com,bounced,,\n"
    )

    assert report.unread_columns == ("shoe size", "Club")
    assert report.statuses == (("active", 1), ("unsubscribed", 1), ("bounced", 1))
