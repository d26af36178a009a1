"""The sample blog and the example newsletter of `newsletter demo`.

    posts/*.html ─▶ posts ─▶ feed ─▶ blog (a web server on 127.0.0.1)
                                      ▲
    `newsletter demo` ─▶ build ───────┘  makes a newsletter folder from that blog

Other packages call `build.build_demo` and `marker.serve_sample_blog`.
"""
