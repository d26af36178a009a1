"""Several requests at once: a page waits for no run, and two forms do not cross."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager

from newsletter.context import Context
from tests.support.newsletter_folder import open_issue, publish
from tests.support.visitor import Page, Visitor


@contextmanager
def held_lock(context: Context) -> Iterator[Callable[[], None]]:
    """Hold the newsletter's lock in another thread, as a run does; yield what lets it go."""
    is_held, may_end = threading.Event(), threading.Event()

    def hold() -> None:
        with context.lock():
            is_held.set()
            may_end.wait(60)

    thread = threading.Thread(target=hold)
    thread.start()
    is_held.wait(60)

    def release() -> None:
        may_end.set()
        thread.join()

    try:
        yield release
    finally:
        release()


def test_a_page_does_not_wait_for_a_run_and_says_that_it_is_as_before(
    context: Context, author: Visitor
) -> None:
    author.get("/")
    publish(context, "Mud season")
    with held_lock(context):
        page = author.get("/")
        assert page.status == 200
        assert "A run is at work" in page.words
        assert "waits until the run that is at work has ended" in page.words
        assert open_issue(context).posts[0].title in page.words
    assert "A run is at work" not in author.get("/").words


def test_before_the_first_issue_a_page_does_not_wait_either(
    context: Context, author: Visitor
) -> None:
    with held_lock(context):
        page = author.get("/")
    assert page.status == 200
    assert "A run is at work on the newsletter just now. Load this page again" in page.words


def test_a_form_waits_for_a_short_run_and_is_done(context: Context, author: Visitor) -> None:
    page = author.get("/")
    fields = {name: page.hidden_field(name) for name in ("csrf_token", "seen")}
    with held_lock(context) as release, ThreadPoolExecutor(1) as pool:
        answer = pool.submit(author.submit, "/approve/1", fields)
        release()
        assert answer.result().status == 303
    assert open_issue(context).status == "approved"


def test_a_form_that_meets_a_long_run_ends_in_a_sentence(context: Context, author: Visitor) -> None:
    page = author.get("/")
    fields = {name: page.hidden_field(name) for name in ("csrf_token", "seen")}
    with held_lock(context):
        answer = author.submit("/approve/1", fields)
        back = author.get(answer.headers["Location"])
    assert "Another run is at work on this newsletter. Try again when it has ended." in back.words
    assert open_issue(context).status == "draft"


def test_an_issue_can_be_stopped_while_a_run_holds_the_lock(
    context: Context, author: Visitor
) -> None:
    page = author.get("/")
    with held_lock(context):
        author.submit("/stop/1", {"csrf_token": page.hidden_field("csrf_token")})
    assert open_issue(context).status == "stopped"


def test_clicks_that_cross_are_each_answered_with_a_sentence(author: Visitor) -> None:
    page = author.get("/")
    fields = {name: page.hidden_field(name) for name in ("csrf_token", "seen")}

    def click(path: str) -> Page:
        return Visitor(author.port, cookie=author.cookie).submit(path, fields)

    with ThreadPoolExecutor(6) as pool:
        answers = list(pool.map(click, ["/approve/1"] * 4 + ["/posts/1/skip", "/collect"]))

    assert [answer.status for answer in answers] == [303] * 6
    assert author.get("/").status == 200
