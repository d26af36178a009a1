"""HTTP to servers outside our control: within limits, and only to public addresses.

    fetch.fetch / probe.probe        one URL: redirects, limits, errors as sentences
        |
        v
    ssrf_guard.check_url             scheme, port, no credentials; again at every redirect
        |
        v
    transport.DeadlineTransport      connects to addresses that ssrf_guard.resolve_host checked,
        |                            and gives every wait only what is left until the deadline
        v
    fetch.decompress                 gzip and deflate in bounded chunks
        |
        v
    FetchResult, or FetchError       http_errors says what went wrong

Others call `fetch.fetch`, `probe.probe` and `call.call` (one request of any method, whose redirect
is an answer).
"""
