"""Who gets which edition of an issue, and what the envelope around it says.

    subscribers ─▶ audience.reader_pages ─▶ EditionPicker.edition_for ─▶ recipients ─▶ Batch
                   who reads the rhythm     hemisphere, topics           merge fields

- `audience`: `active_rhythms`, `is_second_rhythm`, `reader_pages`, `reader_hemispheres`.
- `edition_choice`: `EditionPicker` for a reader's edition, `select_edition` for one by its
  key; `required_profiles` and `possible_profiles` for the editions of an issue.
- `recipients`: merge fields of subscribers, of a sample reader and of the largest one.
- `envelope`: headers that every message shares, and `require_sendable`.
- `batch`: `build_batch` puts an edition, its recipients and the envelope together.
- `salutation`: the line that greets a reader by name.
"""
