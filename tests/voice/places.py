"""Where the greetings are played: climates, halves of the world, and manners of speaking."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

from newsletter.composer.greetings.match import Home
from newsletter.config.places import english_of, hemisphere_of_zone
from tests.composer.greetings.opening import home_at


@dataclass(frozen=True, slots=True, kw_only=True)
class PlayedPlace:
    """A newsletter's home in the play."""

    name: str
    home: Home

    def with_lot(self, number: int) -> PlayedPlace:
        """Return another newsletter of the place, which draws its own lots."""
        return replace(self, home=replace(self.home, seed=f"{self.name} {number}"))


def _place(name: str, zone: str, change: Callable[[Home], Home] = lambda home: home) -> PlayedPlace:
    home = home_at(zone, hemisphere_of_zone(zone), language=english_of(zone), seed=name)
    return PlayedPlace(name=name, home=change(home))


PLACES = (
    _place("Edmonton", "America/Edmonton"),
    _place("Calgary club", "America/Edmonton", lambda home: replace(home, voice="we")),
    _place("New York", "America/New_York", lambda home: replace(home, weather=True)),
    _place("Phoenix", "America/Phoenix"),
    _place("London", "Europe/London", lambda home: replace(home, exact_location=True)),
    _place("Dublin", "Europe/Dublin", lambda home: replace(home, smileys="emoji")),
    _place("Berlin", "Europe/Berlin", lambda home: replace(home, weather=True)),
    _place("Tokyo", "Asia/Tokyo"),
    _place("Tromso", "Europe/Oslo", lambda home: replace(home, location=(69.65, 18.96))),
    _place("Melbourne", "Australia/Melbourne", lambda home: replace(home, exact_location=True)),
    _place("Auckland", "Pacific/Auckland", lambda home: replace(home, smileys="none")),
    _place("Cape Town", "Africa/Johannesburg", lambda home: replace(home, weather=True)),
    _place("Singapore", "Asia/Singapore"),
    _place("Mumbai", "Asia/Kolkata"),
    _place("Nairobi", "Africa/Nairobi"),
    _place("Darwin", "Australia/Darwin"),
)
PLACE_OF = {place.name: place for place in PLACES}
