"""The reader: from the URLs of feeds to posts that are clean, and known or new.

    discover.discover_feed     a blog's address -> its feed (once, when a feed is added)

    read.read_feeds            many feeds at once, a thread for each
        |
        |  http.fetch          conditional GET (ETag, 304 Not Modified), SSRF guard, deadline
        v
    workers.pool               worker processes, killed when a feed takes too long
        |  parsing.parse       RSS, Atom and JSON Feed -> items
        |  posts               parses only the items whose bytes changed (incremental)
        |  clean               items -> posts with SafeHtml, excerpt, image, facts
        v
    read.fetch_more_pages      further pages of a WordPress feed that shows too little
        |
        v
    Reading                    the posts that are new or changed, and the feed_status after it
        |
        v
    identity.reconcile         pure: known posts + seen posts -> what to store

Failures are values: one broken feed does not affect the others. The reader stores nothing;
`newsletter.collecting` loads and saves around it.

Others call `clean.note`, `read.read_feeds`, `read.posts_in_feed`, `discover.discover_feed`,
`identity.reconcile`, `identity.post_states`, `identity.guid_changes`, `identity.canonical`,
`workers.pool` (with `clean_posts` and the time limit), `parsing.items` (its values),
`feed_status` (what to tell the author), `discover.partial_kind` (whether it holds the newest
posts), `opml`, and `http.fetch` and `http.probe` for other URLs that come from outside.
"""
