"""The author of the sample blog and the readers of its newsletter. All are invented."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.models import Hemisphere

TITLE = "The Long Way Home"
TAGLINE = "Trails, tea and now and then a personal best"
AUTHOR = "Maren Holloway"
POSTAL_ADDRESS = "12 Mill Street, Alder Creek, Alberta, Canada"
TIMEZONE = "America/Edmonton"


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleReader:
    """A subscriber of the example newsletter."""

    #: An address at a domain reserved for documentation (RFC 2606).
    address: str
    #: "" for a reader who gave no name.
    name: str = ""
    #: None for a reader who did not choose one.
    hemisphere: Hemisphere | None = None


READERS: tuple[SampleReader, ...] = (
    SampleReader(address="bea@example.com", name="Bea Lindqvist", hemisphere="north"),
    SampleReader(address="old.tom@example.org", name="Tom Arbuckle", hemisphere="north"),
    SampleReader(address="rosalind@example.net", name="Rosalind Okoye", hemisphere="north"),
    SampleReader(address="delphine@example.com", name="Delphine Aubry"),
    SampleReader(address="tane@example.org", name="Tāne Parata", hemisphere="south"),
    SampleReader(address="marisol+running@example.com", name="Marisol Quiroga", hemisphere="south"),
    SampleReader(address="wanjiru@example.net", name="Wanjiru Kamau", hemisphere="tropics"),
    SampleReader(address="jo@example.org"),
)
