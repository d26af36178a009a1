"""The cleaner: from the HTML that a feed holds to HTML that is fit for email.

    feed HTML (untrusted)
        |  source.prepare_source       limits length and nesting, strips control characters,
        |                              turns [caption] shortcodes into figures
        |  style_sheets.apply_own_styles   writes the rules of the post's own <style> into the
        |                              style attributes of its elements
        v
    selectolax (lexbor)                the HTML tree
        |
        |  walk.Walk                   visits each element; post.py names the rule for it
        |    boilerplate, styles       sharing buttons, related posts ... are dropped, and what the
        |                              page hides
        |    block_rules               paragraphs, headings, quotations, lists, also Word's
        |    inline_rules              emphasis, also by a style instead of a tag; links
        |    symbol_rules              readings, formulas, drawings, task boxes, buttons
        |    shortcodes                plugin tags in texts are stripped, known by their shape
        |    picture_rules, pictures   figures, galleries, emoji; tracking pixels are dropped
        |    embed_rules, card_rules,  players, maps, files and bookmarks become links with a label
        |    cards
        |    table_rules               splits and results; layout tables are dissolved
        v
    flow.Block                         flow.Flow writes them in one normal form
        |  embed_rules.replace_bare_urls  paragraphs that are only the URL of a video or run
        |  boilerplate.trim_boilerplate   lines of plugins, and what the blog adds at the end
        |  left_out.find_left_out         words that are missing, for the author
        |  a limit on their length, with a link to the rest
        v
    nh3                                post.sanitise: an allowlist of tags and attributes
        |
        v
    CleanPost                          SafeHtml, and from the same blocks: excerpt, facts,
                                       lead image, reading minutes

Cleaning is idempotent: clean HTML is cleaned to itself. `SafeHtml` is made only here, in
`post` (docs/architecture.md, rule 4).

Others call `post.clean_post`, `note.clean_note` (the author's note, from Markdown) and
`facts.facts_from_fields`.
"""
