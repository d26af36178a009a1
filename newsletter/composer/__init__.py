"""The composer: from posts to finished editions. Pure, except that it reads templates.

    posts -- digest.choose_posts ------------> the posts of an issue
    season -- greetings (choose.greet) ------> its greeting
          -- subject_and_preheader ------> its subject and preheader
                             |
                           Issue
                             |
    render.render:  layout.view_fields  ->  the variables of the templates
                    layout.html_part        MJML frame -> HTML -> post bodies -> inlined CSS
                    layout.text_part        text template -> text part
                             |
                          Edition   with merge tags, the same bytes each time
                             |
    render.fit      renders again with less of the posts until it fits into Gmail's limit
    checks.lint     what readers or mail programs would stumble over
    public_copy     the edition for the archive, without what is personal

Others call these modules, and `topics` (which posts a reader gets), `transactional` (mail
about a subscription, and notices to the author), `seasons`, `phrase_files.load_phrases`
(phrases in the newsletter's language), `year_page` and `images`. Here, "frame" always means the
MJML compiled from our own templates. Jinja2, MJML and css-inline are used only in this package,
and in the web templates of desk and site.
"""
