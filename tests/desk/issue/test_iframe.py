"""The preview iframe applies one option to the message and changes nothing else."""

from __future__ import annotations

from newsletter.desk.issue.iframe import apply_scheme

MAIL = (
    '<html><head lang="en"><meta name="color-scheme" content="light dark"><style>'
    ":root { color-scheme: light dark }"
    "@media (prefers-color-scheme: dark) { p { color: #eee } }"
    "@media screen and (prefers-color-scheme:light) { p { color: #111 } }"
    "</style></head><body><p>@media (prefers-color-scheme: dark)</p></body></html>"
)


def test_dark_makes_the_dark_rules_hold_and_the_light_ones_not() -> None:
    seen = apply_scheme(MAIL, "dark")
    assert "@media (min-width: 0) { p { color: #eee } }" in seen
    assert "@media screen and (max-width: 0) { p { color: #111 } }" in seen
    assert ":root { color-scheme: dark }" in seen
    assert 'content="dark"' in seen


def test_light_makes_the_light_rules_hold_also_where_the_author_prefers_dark() -> None:
    seen = apply_scheme(MAIL, "light")
    assert "@media (max-width: 0) { p { color: #eee } }" in seen
    assert "@media screen and (min-width: 0) { p { color: #111 } }" in seen


def test_the_body_is_left_alone_whatever_it_says() -> None:
    assert apply_scheme(MAIL, "dark").partition("</head>")[2] == MAIL.partition("</head>")[2]


def test_links_open_beside_the_desk() -> None:
    assert '<head lang="en"><base target="_blank">' in apply_scheme(MAIL, "light")
