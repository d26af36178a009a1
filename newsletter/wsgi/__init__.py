"""What the site and the desk share below Flask: the server, its own answers, and their path.

    socket ─▶ http_server (waitress, with limits) ─▶ script_root ─▶ a Flask app
                   └─ bare_responses: what is answered before any app

`http_server.LimitedServer` serves an app, `script_root.ScriptRoot` lets it stand below a path, and
`bare_responses.BARE_HEADERS` are the security headers of an answer that no app gives.
"""
