"""The options of the preview: which edition, as HTML or text, on which screen. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Literal, TypeVar, get_args

from newsletter.desk.issue.iframe import ColourScheme
from newsletter.models import HEMISPHERES, Hemisphere

Labels = Mapping[str, str]
_Value = TypeVar("_Value", bound=str)
Part = Literal["html", "text", "source"]
Screen = Literal["phone", "tablet", "desktop", "all"]
#: option: (its label on the page, its values with their labels)
_OPTIONS: dict[str, tuple[str, Labels]] = {
    "edition": ("Edition", {"north": "North", "south": "South", "tropics": "Tropics"}),
    "screen": (
        "Screen",
        {"phone": "Phone", "tablet": "Tablet", "desktop": "Desktop", "all": "Side by side"},
    ),
    "scheme": ("Colours", {"light": "Light", "dark": "Dark"}),
    "images": ("Pictures", {"on": "On", "off": "Off"}),
    "part": ("Show", {"html": "HTML", "text": "Plain text", "source": "Source"}),
}
#: The options that are always in sight; the others unfold.
_FIRST = ("issue", "topics", "edition", "screen", "scheme")
_MAX_DIGITS = 8
# An address has 254 characters at most (RFC 5321, 4.5.3.1.3).
_MAX_ADDRESS = 254


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewOptions:
    """The chosen value of each option. Each link and form of the page carries all of them."""

    #: The issue's number, "" for the one that is due first.
    issue: str = ""
    edition: Hemisphere
    #: The part of an edition's key after the hemisphere; "" for the edition with all posts.
    topics: str = ""
    part: Part = "html"
    screen: Screen = "phone"
    scheme: ColourScheme = "light"
    images: Literal["on", "off"] = "on"
    #: The address of the reader whose mail is shown, "" for a made-up one.
    reader: str = ""

    @property
    def key(self) -> str:
        """The key of the chosen edition."""
        return self.edition + self.topics

    def query(self) -> dict[str, str]:
        """Return the options as the parameters of a URL's query."""
        return asdict(self)

    def mail_query(self, **changes: str) -> dict[str, str]:
        """Return the parameters of the mail's address in the iframe."""
        values = {name: getattr(self, name) for name in ("scheme", "images", "issue", "reader")}
        return {name: value for name, value in (values | changes).items() if value}


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionLink:
    """A link to the page with one option set to one value."""

    key: str
    label: str
    #: The options of the linked page.
    query: dict[str, str]
    #: Whether the page has this value already.
    current: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class OptionSwitch:
    """The links that set one option."""

    name: str
    label: str
    links: tuple[OptionLink, ...]

    @property
    def is_first(self) -> bool:
        """Whether it is always in sight."""
        return self.name in _FIRST


def parse_options(parameters: Mapping[str, str], own_hemisphere: Hemisphere) -> PreviewOptions:
    """Return the options of a query or a form. A value that is unknown gets its default."""
    issue = parameters.get("issue", "")
    is_number = issue.isascii() and issue.isdecimal() and len(issue) <= _MAX_DIGITS
    edition = parameters.get("edition")
    return PreviewOptions(
        issue=issue if is_number else "",
        topics=parameters.get("topics", ""),
        edition=next((known for known in HEMISPHERES if known == edition), own_hemisphere),
        part=_pick(parameters.get("part"), get_args(Part)),
        screen=_pick(parameters.get("screen"), get_args(Screen)),
        scheme="dark" if parameters.get("scheme") == "dark" else "light",
        images="off" if parameters.get("images") == "off" else "on",
        reader=parameters.get("reader", "").strip()[:_MAX_ADDRESS],
    )


def _pick(value: str | None, values: Sequence[_Value]) -> _Value:
    """Return `value` if it is one of `values`, else the first of them."""
    return next((known for known in values if known == value), values[0])


def option_switches(
    options: PreviewOptions, *, issues: Labels, topics: Labels
) -> tuple[OptionSwitch, ...]:
    """Return a switch for each option that has more than one value.

    `issues` and `topics` are the values to choose from, with their labels.
    """
    query = options.query()
    # A reader gets one edition alone: another one is nobody's in particular.
    others = {name: {"reader": ""} for name in ("edition", "topics")}
    every_option = {
        **({"issue": ("Issue", issues)} if len(issues) > 1 else {}),
        **({"topics": ("Topics", topics)} if len(topics) > 1 else {}),
        **_OPTIONS,
    }
    return tuple(
        OptionSwitch(
            name=name,
            label=label,
            links=tuple(
                OptionLink(
                    key=value,
                    label=value_label,
                    query=query | {name: value} | others.get(name, {}),
                    current=query[name] == value,
                )
                for value, value_label in values.items()
            ),
        )
        for name, (label, values) in every_option.items()
    )
