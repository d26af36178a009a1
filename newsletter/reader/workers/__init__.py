"""Worker processes: parsing and cleaning in children that can be killed.

    reader.read, reader.discover, collecting
        |
        v
    pool.ParserPool         starts children when needed, shares them between threads, kills
        |                   one that exceeds the time limit
        |   protocol        WorkerRequest -> WorkerReply, as MessagePack packets over pipes
        v
    child                   `python -m newsletter.reader.workers.child`, limited in memory

`pool.clean_posts` cleans many posts in such a pool, several at a time.

A feed that makes feedparser or the HTML parser quadratic costs a few seconds, and one that
crashes them costs one child. Others call `pool.ParserPool`, `pool.clean_posts` and
`pool.waiting_threads`, whose threads nobody waits for after Ctrl-C.
"""
