"""The walk up the DNS tree (RFC 9989, 4.10)."""

from __future__ import annotations

from newsletter.doctor.dmarc import organizational_domain, walk


def test_the_walk_goes_up_label_by_label() -> None:
    assert list(walk("news.example.co.uk")) == [
        "news.example.co.uk",
        "example.co.uk",
        "co.uk",
        "uk",
    ]


def test_a_long_name_is_cut_to_seven_labels_after_the_first_question() -> None:
    names = list(walk("a.b.c.d.e.f.g.h.i.j.example.com"))

    assert names[0] == "a.b.c.d.e.f.g.h.i.j.example.com"
    assert len(names) == 8
    assert len(names[1].split(".")) == 7


def test_the_record_with_the_fewest_labels_is_the_organization_s() -> None:
    records: dict[str, dict[str, str]] = {"news.example.com": {}, "example.com": {}}

    assert organizational_domain("news.example.com", records) == "example.com"


def test_psd_n_ends_the_organization_and_psd_y_lies_above_it() -> None:
    below: dict[str, dict[str, str]] = {"news.example.com": {"psd": "n"}, "example.com": {}}
    above = {"co.uk": {"psd": "y"}}

    assert organizational_domain("a.news.example.com", below) == "news.example.com"
    assert organizational_domain("news.example.co.uk", above) == "example.co.uk"


def test_without_any_record_a_domain_is_its_own_organization() -> None:
    assert organizational_domain("news.example.com", {}) == "news.example.com"
