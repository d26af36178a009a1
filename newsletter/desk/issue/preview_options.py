"""The options of the preview: which edition, as HTML or text, on which screen. Pure."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

from newsletter.desk.issue.iframe import ColourScheme
from newsletter.models import HEMISPHERES, Hemisphere

Labels = Mapping[str, str]
#: option: (its label on the page, its values with their labels)
_OPTIONS: dict[str, tuple[str, Labels]] = {
    "edition": ("Edition", {"north": "North", "south": "South", "tropics": "Tropics"}),
    "part": ("Show", {"html": "HTML", "text": "Plain text"}),
    "screen": ("Screen", {"phone": "Phone", "desktop": "Desktop"}),
    "scheme": ("Colours", {"light": "Light", "dark": "Dark"}),
    "images": ("Pictures", {"on": "On", "off": "Off"}),
}
_MAX_DIGITS = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class PreviewOptions:
    """The chosen value of each option. Each link and form of the page carries all of them."""

    #: The issue's number, "" for the one that is due first.
    issue: str = ""
    edition: Hemisphere
    #: The part of an edition's key after the hemisphere; "" for the edition with all posts.
    topics: str = ""
    part: Literal["html", "text"] = "html"
    screen: Literal["phone", "desktop"] = "phone"
    scheme: ColourScheme = "light"
    images: Literal["on", "off"] = "on"

    @property
    def key(self) -> str:
        """The key of the chosen edition."""
        return self.edition + self.topics

    def query(self) -> dict[str, str]:
        """Return the options as the parameters of a URL's query."""
        return asdict(self)


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

    label: str
    links: tuple[OptionLink, ...]


def parse_options(parameters: Mapping[str, str], own_hemisphere: Hemisphere) -> PreviewOptions:
    """Return the options of a query or a form. A value that is unknown gets its default."""
    issue = parameters.get("issue", "")
    is_number = issue.isascii() and issue.isdecimal() and len(issue) <= _MAX_DIGITS
    edition = parameters.get("edition")
    return PreviewOptions(
        issue=issue if is_number else "",
        topics=parameters.get("topics", ""),
        edition=next((known for known in HEMISPHERES if known == edition), own_hemisphere),
        part="text" if parameters.get("part") == "text" else "html",
        screen="desktop" if parameters.get("screen") == "desktop" else "phone",
        scheme="dark" if parameters.get("scheme") == "dark" else "light",
        images="off" if parameters.get("images") == "off" else "on",
    )


def option_switches(
    options: PreviewOptions, *, issues: Labels, topics: Labels
) -> tuple[OptionSwitch, ...]:
    """Return a switch for each option that has more than one value.

    `issues` and `topics` are the values to choose from, with their labels.
    """
    query = options.query()
    every_option = {
        **({"issue": ("Issue", issues)} if len(issues) > 1 else {}),
        **({"topics": ("Topics", topics)} if len(topics) > 1 else {}),
        **_OPTIONS,
    }
    return tuple(
        OptionSwitch(
            label=label,
            links=tuple(
                OptionLink(
                    key=value,
                    label=value_label,
                    query=query | {name: value},
                    current=query[name] == value,
                )
                for value, value_label in values.items()
            ),
        )
        for name, (label, values) in every_option.items()
    )
