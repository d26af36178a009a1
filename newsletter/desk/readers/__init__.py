"""The pages of the list: who gets the newsletter, and what the author does about it.

    list_pages ─▶ the list: search, filters, add, suppress an address, export, growth
        └─▶ reader_pages ─▶ one reader: what is kept about them, tags, remove, suppress, erase
    import_pages ─▶ uploads (the file between its preview and the import) ─▶ list_import

The app registers the blueprints of `list_pages`, `reader_pages` and `import_pages`. They change
the list by the use cases of `newsletter.subscriptions` alone, as the commands do.
"""
