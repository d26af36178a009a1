"""People of before keep the number that their links hold, and get an id."""

from __future__ import annotations

from pathlib import Path

from alembic import command
from alembic.config import Config
from sqlalchemy import Engine, text

from subscribers import migrations, storage
from subscribers.link_ids import is_link_id
from subscribers.models import Subscriber
from tests.subscribers.conftest import NOW, SECRETS

_ADD = text(
    "INSERT INTO subscribers (id, address, address_key, status, created_at) "
    "VALUES (:id, :address, :address, 'active', '2026-11-22 07:00:00')"
)


def make_list_of_before(engine: Engine, ids: range) -> None:
    config = Config()
    config.set_main_option("script_location", str(Path(str(migrations.__file__)).parent))
    with engine.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0004")
        people = [{"id": number, "address": f"r{number}@example.com"} for number in ids]
        connection.execute(_ADD, people)


def test_links_of_before_lead_to_the_person_they_were_made_for(empty_engine: Engine) -> None:
    make_list_of_before(empty_engine, range(3, 1_503))

    storage.migrate(empty_engine)

    with empty_engine.begin() as connection:
        everybody = [person for page in storage.all_pages(connection) for person in page]
        assert all(is_link_id(person.link_id) for person in everybody)
        assert len({person.link_id for person in everybody}) == len(everybody) == 1_500
        assert [person.old_link_number for person in everybody] == list(range(3, 1_503))
        found = storage.find_by_link(connection, "7")
        assert found is not None
        assert found.address == "r7@example.com"
        assert storage.find_by_link(connection, found.link_id) == found
        assert storage.find_by_link(connection, "2") is None


def test_a_new_person_has_no_number_that_a_link_of_before_could_hold(empty_engine: Engine) -> None:
    make_list_of_before(empty_engine, range(1, 4))
    storage.migrate(empty_engine)

    with empty_engine.begin() as connection:
        storage.skip_numbers(connection, 40)
        new = Subscriber(address="new@example.com")
        storage.add(connection, new, at=NOW, source="test", secrets=SECRETS)
        person = storage.require_by_address(connection, "new@example.com")
        assert (person.id, person.old_link_number) == (41, 0)
        assert storage.highest_number(connection) == 41
        assert storage.find_by_link(connection, "41") is None
