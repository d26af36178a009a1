"""The issue page: the next issue as each reader gets it, and the author's buttons.

    preview_options ─▶ pages ─▶ view_model ─▶ mail ─▶ the one renderer of editorial
                         │                      │
                         │                      └─▶ iframe: the mail's HTML for the preview
                         └ actions ─▶ the use cases of editorial, collecting and delivery

The app registers `pages.pages_blueprint` and `actions.actions_blueprint`.
"""
