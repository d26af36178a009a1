"""Readers of the sample blog: invented people at addresses nobody can have (RFC 2606)."""

from __future__ import annotations

from dataclasses import dataclass

from newsletter.models import Hemisphere


@dataclass(frozen=True, slots=True, kw_only=True)
class SampleReader:
    """A reader. `hemisphere` is None and `name` "" for those who have not told."""

    address: str
    name: str = ""
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
