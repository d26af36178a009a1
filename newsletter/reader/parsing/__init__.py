"""Parsing: from the bytes of a response to a `ParsedFeed` of items.

    parse.parse_feed     rejects web pages and entity bombs (billion laughs)
        |
        +-- json_feed.parse_json_feed       JSON Feed 1.0 and 1.1
        |
        +-- parse.repair_xml                control characters, encodings, references
            feedparser                      RSS, RDF and Atom
            feedparser_items.build_feed     its dictionaries -> our values
                |
                v
            items.assign_guids              each item has one guid, deduplicated

`dates.parse_date` and `plain_text` turn what feeds write into dates, text and URLs.
All of it runs in a worker process (`newsletter.reader.workers`), because a feed can make
feedparser quadratic.

Others call `parse.parse_feed` and use the values in `items`.
"""
