"""Whatever is imported, in whatever order: who left, bounced or complained stays gone."""

from __future__ import annotations

import io
from datetime import UTC, datetime

from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import Engine, create_engine

from subscribers import storage
from subscribers.lifecycle import GONE
from subscribers.models import ImportAnswers, Status
from subscribers.storage import import_log
from subscribers.transfer.importing import import_csv

NOW = datetime(2026, 11, 22, 7, 0, tzinfo=UTC)
PEOPLE = ("ida@example.com", "otto@example.com", "ute@example.com")
WORDS: dict[str, Status] = {
    "": "active",
    "active": "active",
    "Abonné": "active",
    "pending": "pending",
    "abgemeldet": "unsubscribed",
    "Cancelled": "unsubscribed",
    "bounced": "bounced",
    "spam": "complained",
}
ROWS = st.lists(
    st.tuples(
        st.sampled_from(PEOPLE),
        st.sampled_from(list(WORDS)),
        st.sampled_from(["", "no", "yes", "2025-01-02"]),
    ),
    max_size=6,
)


def statuses(engine: Engine) -> dict[str, str]:
    with engine.begin() as connection:
        return {
            person.address: person.status
            for page in storage.all_pages(connection)
            for person in page
        }


@given(files=st.lists(ROWS, min_size=1, max_size=4), undo=st.booleans())
@settings(max_examples=60)
def test_no_sequence_of_imports_brings_anybody_back(
    files: list[list[tuple[str, str, str]]], undo: bool
) -> None:
    engine = create_engine("sqlite://")
    storage.migrate(engine)
    for rows in files:
        before = statuses(engine)
        lines = "".join(f"{address},{word},{left}\n" for address, word, left in rows)
        with engine.begin() as connection:
            import_csv(
                connection,
                io.BytesIO(f"email,status,unsubscribed\n{lines}".encode()),
                skip_bad=False,
                answers=ImportAnswers(status_columns=("unsubscribed",)),
                source="a file",
                now=NOW,
                secrets=("s",),
            )
        after = statuses(engine)
        for address, word, left in rows:
            says_gone = WORDS[word] in GONE or left in ("yes", "2025-01-02")
            assert after[address] in GONE or not says_gone
            assert before.get(address) not in GONE or after[address] == before[address]
    if undo:
        with engine.begin() as connection:
            last = import_log.last_import(connection)
            assert last is not None
            import_log.undo(connection, last, at=NOW)
        assert statuses(engine) == before
    engine.dispose()
