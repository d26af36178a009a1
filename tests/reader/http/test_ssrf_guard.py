from __future__ import annotations

import threading

import pytest

from newsletter.errors import FetchError
from newsletter.reader.http.ssrf_guard import check_url, is_public, resolve_host


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "192.0.78.13", "2600:1901::1", "2a00:1450:4001::65"]
)
def test_addresses_of_the_open_internet_are_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1",
        "127.8.8.8",
        "0.0.0.0",  # noqa: S104 - an address to refuse, not one to bind
        "10.1.2.3",
        "172.16.0.1",
        "192.168.1.1",
        "169.254.169.254",
        "100.64.0.1",
        "100.100.100.200",
        "192.0.0.192",
        "198.18.0.1",
        "203.0.113.7",
        "224.0.0.1",
        "240.0.0.1",
        "255.255.255.255",
        "::",
        "::1",
        "::ffff:127.0.0.1",
        "::ffff:8.8.8.8",
        "::127.0.0.1",
        "64:ff9b::7f00:1",
        "64:ff9b:1::a00:1",
        "2002:7f00:1::1",
        "2001:0:4136:e378:8000:63bf:3fff:fdd2",
        "fe80::1",
        "fe80::1%eth0",
        "fc00::1",
        "fd00:ec2::254",
        "fec0::1",
        "ff02::1",
        "2001:db8::1",
        "not an address",
    ],
)
def test_everything_else_is_not(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("host", ["2130706433", "0x7f000001", "0177.0.0.1", "127.1", "localhost"])
def test_other_spellings_of_loopback_are_recognised(host: str) -> None:
    with pytest.raises(FetchError):
        resolve_host(host, 80, allow_private=False, seconds=5)


def test_one_private_answer_among_public_ones_refuses_the_name() -> None:
    def look_up(_host: str, _port: int) -> tuple[str, ...]:
        return ("8.8.8.8", "10.0.0.1")

    with pytest.raises(FetchError, match=r"10\.0\.0\.1.*allow_private_addresses"):
        resolve_host("mixed.example", 443, allow_private=False, seconds=5, look_up=look_up)


def test_private_addresses_are_let_through_when_the_settings_say_so() -> None:
    def look_up(_host: str, _port: int) -> tuple[str, ...]:
        return ("10.0.0.1",)

    values = resolve_host("nas.example", 8080, allow_private=True, seconds=5, look_up=look_up)
    assert values == ("10.0.0.1",)


def test_a_name_server_that_never_answers_times_out() -> None:
    never = threading.Event()

    def look_up(_host: str, _port: int) -> tuple[str, ...]:
        never.wait(30)
        return ()

    with pytest.raises(FetchError, match="could not be looked up in time"):
        resolve_host("slow.example", 80, allow_private=False, seconds=0.05, look_up=look_up)
    never.set()


def test_an_unknown_host_name_gives_a_clear_error() -> None:
    def look_up(_host: str, _port: int) -> tuple[str, ...]:
        raise OSError("Name or service not known")

    with pytest.raises(FetchError, match=r"no site called nowhere\.example"):
        resolve_host("nowhere.example", 80, allow_private=False, seconds=5, look_up=look_up)


@pytest.mark.parametrize(
    ("url", "words"),
    [
        ("ftp://blog.example/feed", "not a web address"),
        ("file:///etc/passwd", "not a web address"),
        ("https://", "not a web address"),
        ("http://[::1", "not a web address"),
        ("https://me:secret@blog.example/feed", "user name or password"),
        ("https://blog.example:6379/", "port 6379"),
    ],
)
def test_addresses_that_are_not_for_the_web_are_refused_with_a_clear_error(
    url: str, words: str
) -> None:
    with pytest.raises(FetchError, match=words) as caught:
        check_url(url, allow_private=False)
    assert "secret" not in str(caught.value)


def test_any_port_is_fine_on_ones_own_network() -> None:
    assert check_url("http://nas.example:8080/feed", allow_private=True).port == 8080
