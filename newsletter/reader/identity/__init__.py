"""Identity: which posts of a feed are known, and what happened to the others. Pure functions.

    known posts, seen posts
        |
        |  guid_changes.join_changed_guids     a new guid that names a known post
        v
    reconcile.reconcile                        new, changed, joined, withdrawn, returned ...
        |  post_states                         category rules, first reading, flood brake,
        |                                      withdrawal
        v
    Changes                                    what to store

A guid names a post, and item state decides what is new, never a date
(docs/architecture.md, rule 1). `guid_changes.find_match_candidates` says beforehand which
posts have to be cleaned, and `canonical` holds the forms in which URLs and texts are compared.
"""
