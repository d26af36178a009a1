"""Choose the edition of an issue for each reader, and put the envelope around it.

    at the freeze:  audience.reader_pages ─▶ EditionPicker.edition_for ─▶ PlannedDelivery
                    readers of the rhythm    by hemisphere and topics         │
                                                                           ledger
                                                                              │
    at a claim:     Batch ◀─ build_batch ◀─ recipients ◀─ active readers ◀────┘
                             with envelope  merge fields

- `audience`: `active_rhythms`, `is_second_rhythm`, `reader_pages`, `reader_hemispheres`.
  `EditionPicker` for a reader's edition, `select_edition` for one by its key;
  `required_profiles` and `possible_profiles` for the editions of an issue.
- `envelope`: headers that every message shares; `recipients`, the merge fields of subscribers,
  of a sample reader and of the largest one, with the salutation that greets a reader by name;
  `build_batch` puts an edition, its recipients and the envelope together; `require_sendable`.
- `reader_links`: the links of a reader's own, by whose link unsubscribes; `require_working_links`
  for editions that were frozen before a setting changed.
"""
