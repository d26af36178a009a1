"""What greeting files may hold, and the error for each mistake."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from newsletter import resources
from newsletter.composer.greetings.book import IntroBook
from newsletter.composer.greetings.load import load_book

GOOD = '[[intro]]\nid = "good"\ntext = "Go for a run."\n'


def problems_in(book: IntroBook) -> list[str]:
    return [str(problem) for problem in book.problems]


@pytest.mark.parametrize(
    ("toml", "line", "message"),
    [
        ('[[intro]]\nid = "a"\ntext = "Hm"\nwehn = {}', 4, "did you mean “when”?"),
        ('[[intro]]\nid = "a"\ntext = 3', 3, "“text” must be some text"),
        ('[[intro]]\ntext = "Who am I?"', 1, "“id” must be some text"),
        ('[[intro]]\nid = "a"\ntext = "Hm"\nwhen = { season = "mud" }', 4, "“mud” is no season"),
        ('[[intro]]\nid = "a"\ntext = "Hm"\nwhen = "fall"', 4, "is written in braces"),
        ('[[intro]]\nid = "a"\ntext = "Hm"\nwhen = { months = [13] }', 4, "from 1 to 12"),
        ('[[intro]]\nid = "a"\ntext = "Hm"\nweight = 0', 4, "from 1 to 1000"),
        ('[[intro]]\nid = "a"\ntext = "Hm"\nexpires = "soon"', 4, "must be a date like"),
        ('[[intro]]\nid = "a"\ntext = "Wow!!!"', 3, "Two exclamation marks"),
        ('[[intro]]\nid = "a"\ntext = "A $5 gel"', 3, "write $$"),
        ('[[intro]]\nid = "a"\ntext = "Dear $name"', 3, "$name is unknown"),
        ('[[intro]]\nid = "a"\ntext = "$Days left"', 3, "$days needs an occasion"),
        ('[[intro]]\nid = "a"\ntext = "$hello you"', 3, "$hello belongs to"),
        ('[[intro]]\nid = "a"\ntext = "Hm"\nwhen = { occasion = "moonrise" }', 2, "is in no file"),
        (
            '[[intro]]\nid = "a"\ntext = "Hm"\nwhen = { season = "wet", hemisphere = "north" }',
            2,
            "can never be used",
        ),
        ('[[occasion]]\nid = "a"\nname = "A"', 2, "An occasion needs one of"),
        ('[[occasion]]\nid = "a"\nname = "A"\nrule = "31 June"', 4, "does not exist"),
        ('[[occasion]]\nid = "a"\nname = "A"\ndates = ["soon"]', 4, "a list of dates"),
        (
            '[[occasion]]\nid = "a"\nname = "A"\nfrom = 2027-03-02\nuntil = 2027-03-01',
            5,
            "not before “from”",
        ),
        ('[[occasion]]\nid = "a"\nname = "A"\nrule = "1 May"', 2, "No greeting speaks of"),
        ('[[opening]]\nid = "a"\ntext = "$month!"\nwhen = { phase = "first" }', 3, "no field but"),
        ('[[intros]]\nid = "a"', 1, "use [[opener]], [[hello]], [[thought]]"),
        ('[[bridge]]\nid = "a"\ntext = "Read on."', 2, "says which posts it leads to"),
        ('[[opener]]\nid = "a"\ntext = "Hm"\nwhen = { post = "race" }', 2, "for a [[bridge]]"),
        ('[[thought]]\nid = "a"\ntext = "“$title”"', 3, "is for a [[bridge]] alone"),
        ('[[opener]]\nid = "a"\ntext = "$Sunset today"', 3, "needs a `light`"),
        ('[[thought]]\nid = "a"\ntext = "Hm"\nvoice = "you"', 4, "“you” is no voice"),
        ('[intro]\nid = "a"', 1, "needs double brackets"),
        ("language = 7", 1, "must be a language tag"),
        ('\n[[intro]]\nid = "a\n', 3, "the whole file is set aside"),
        ('[[intro]]\nid = "a"\nexpires = 2027-02-30', 3, "a date that does not exist"),
    ],
)
def test_a_mistake_is_named_by_file_and_line_and_the_rest_works(
    book_of: Callable[..., IntroBook], toml: str, line: int, message: str
) -> None:
    book = book_of(good=GOOD, mistake=toml)
    assert len(book.problems) == 1
    assert problems_in(book)[0].split(": ")[0].endswith(f"/mistake.toml, line {line}")
    assert message in problems_in(book)[0]
    assert "good" in [intro.id for intro in book.intros]


def test_sixty_words_are_the_most(book_of: Callable[..., IntroBook]) -> None:
    book = book_of(
        long=f'[[intro]]\nid = "long"\ntext = """\n{"run " * 61}"""\n',
        fine=f'[[intro]]\nid = "fine"\ntext = """\n{"run " * 60}"""\n',
    )
    assert [intro.id for intro in book.intros] == ["fine"]
    assert "61 words; 60 are the most" in problems_in(book)[0]


def test_a_duplicate_id_is_reported(book_of: Callable[..., IntroBook]) -> None:
    book = book_of(one=GOOD, two='\n\n[[intro]]\nid = "good"\ntext = "Rest today, runner."')
    assert len(book.intros) == 1
    assert "one.toml, line 2; ids are unique" in problems_in(book)[0]
    assert "two.toml, line 4: " in problems_in(book)[0]


def test_greetings_that_read_alike_are_named(book_of: Callable[..., IntroBook]) -> None:
    book = book_of(
        a='[[intro]]\nid = "a"\ntext = "Nobody ever came home and wished for more couch today."\n'
        '[[intro]]\nid = "b"\ntext = "Nobody ever came home and wished for more couch, right?"\n'
        '[[intro]]\nid = "c"\ntext = "Shoes, door, road, breakfast."'
    )
    assert len(book.problems) == 1
    assert "“b” reads much like “a”" in problems_in(book)[0]
    assert len(book.intros) == 3


def test_a_race_is_not_named_on_just_any_day(book_of: Callable[..., IntroBook]) -> None:
    book = book_of(
        race='[[occasion]]\nid = "ridge"\nname = "the Ridge Run"\ndates = [2027-06-05]\n'
        'names = ["Ridge Run"]\n'
        '[[intro]]\nid = "any"\ntext = "Off to the ridge run soon!"\n'
        '[[intro]]\nid = "near"\nwhen = { occasion = "ridge" }\ntext = "The Ridge Run is $when."'
    )
    assert [intro.id for intro in book.intros] == ["near"]
    assert "names ridge run on any date" in problems_in(book)[0]


def test_a_file_that_is_not_utf8_is_named_with_its_line(tmp_path: Path) -> None:
    (tmp_path / "latin.toml").write_bytes(b'[[intro]]\nid = "a"\ntext = "caf\xe9"\n')
    (tmp_path / "good.toml").write_text("\ufeff" + GOOD.replace("\n", "\r\n"), encoding="utf-8")
    book = load_book((tmp_path,))
    assert problems_in(book) == [
        f"{tmp_path.name}/latin.toml, line 3: the file is not plain UTF-8 text; save it as UTF-8."
    ]
    assert [intro.text for intro in book.intros] == ["Go for a run."]


def test_a_folder_that_is_not_there_is_no_problem(tmp_path: Path) -> None:
    assert load_book((tmp_path / "intros",)) == IntroBook()


def test_the_authors_greetings_add_to_ours_and_replace_them(tmp_path: Path) -> None:
    (tmp_path / "any.toml").write_text(GOOD, encoding="utf-8")
    (tmp_path / "mine.toml").write_text(
        '[[intro]]\nid = "fall-soup"\nwhen = { season = "autumn" }\ntext = "Soup is on."\n',
        encoding="utf-8",
    )
    texts = {
        intro.id: intro for intro in load_book((tmp_path, resources.templates() / "intros")).intros
    }
    assert texts["fall-soup"].text == "Soup is on."
    assert texts["fall-soup"].seasons == ("fall",)
    assert texts["good"].rank == 0
    shipped = load_book((resources.templates() / "intros",))
    in_any = {part.id for part in shipped.intros if part.place.file.endswith("/any.toml")}
    in_fall = {part.id for part in shipped.intros if part.place.file.endswith("/fall.toml")}
    assert in_any.isdisjoint(texts)
    assert in_fall <= texts.keys()


def test_a_broken_file_of_the_author_is_replaced_by_ours(tmp_path: Path) -> None:
    (tmp_path / "any.toml").write_text("[[intro]\n", encoding="utf-8")
    book = load_book((tmp_path, resources.templates() / "intros"))
    assert len(book.problems) == 1
    assert any(intro.place.file.endswith("intros/any.toml") for intro in book.intros)


def test_an_author_may_do_without_our_occasions(tmp_path: Path) -> None:
    (tmp_path / "occasions.toml").write_text("", encoding="utf-8")
    book = load_book((tmp_path, resources.templates() / "intros"))
    assert book.problems == ()
    assert book.occasions == ()
