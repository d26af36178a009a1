"""The issue page: the next issue as each reader gets it, and everything to edit it with.

    preview_options ─▶ pages ─▶ view_model ─┬▶ mail ─▶ the one renderer of editorial
                         ▲                  ├▶ reader_view, post_rows, check_places, link_check
                         │                  └▶ iframe: the mail's HTML for the preview
    forms ─▶ editing ────┘ a redirect, JSON for the page's script, or the page with what was typed
               │
           edit_form ─▶ the use cases of editorial
    buttons ─▶ actions ─▶ those of collecting, and the test copy

The app registers `pages.blueprint`, `editing.blueprint` and `link_blueprint`, and
`actions.blueprint`; it keeps a `memory` between requests. The page works without a script; with one
(`templates/web/desk/issue/`) it saves by itself and shows each edit at once.
"""
