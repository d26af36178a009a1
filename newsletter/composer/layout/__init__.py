"""The layout of a message: the variables of its templates, its HTML part and its text part.

    Issue + Letterhead                         palette: Theme over COLOURS, by contrast
            |                                       |
    view_fields.layout_fields  <- post.post_fields  +- masthead: landscape of the season
            |
      LayoutFields  -- html_part: MJML frame -> HTML -> posts -> inlined styles
            |
            +--------- text_part: text template, posts as plain text

`render` calls the three; `app` calls `palette.check_theme` when it reads the settings.
"""
