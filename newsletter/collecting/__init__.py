"""Collecting: read the author's feeds, store their posts, record the author's decisions.

    newsletter.toml -- collect.sync_feeds --> stored feeds
                                                 |
    feeds that wait (backoff) are skipped        |
                                                 v
    reader.read.read_feeds                   fetch and parse, many feeds at once
          |
    post_cleaning                            clean what reconcile compares by its text
          |
    reader.identity.reconcile                new, changed, joined, returned, withdrawn posts
          |
    storage.posts, storage.feeds             one transaction for all feeds
          |
    picture_copying                          copies of the pictures that posts show, in a child

Use cases, which take a `Context`: in `collect` `collect`, and its two halves `collect_posts` and
`copy_reported_pictures`; in `feed_admin` `all_feeds`, `add_feeds` and `remove_feed`; in
`post_decisions` `all_posts` and `decide_posts`; `post_cleaning.clean_waiting`, before a draft;
`uploaded_pictures.store_upload`, for the author's note.

Others also call `settling.apply_settling`, and in `picture_copies` `resolve_pictures`,
`retain_copies` and `picture_file`,
`uploaded_pictures.require_uploads`, and `picture_copying.has_missing_copies`.
"""
