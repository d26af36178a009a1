"""The list as CSV: import from any newsletter program, and export.

    bytes ──table (decode_lines, read_table)──▶ header, cells
                                             │
         header, file name ──plan (formats, status_columns)──▶ columns
                                             │
                             cells ──rows──▶ ImportRow ──batches──▶ storage
                                                 └──────── a long file ────────┘
                                    staged_import (SQLite), portioned_import (PostgreSQL)
    storage ──exporting──▶ bytes

Others call `import_file.open_file`, `importing.import_rows`, `staged_import`,
`portioned_import` and `exporting.export_csv`. All stream: memory does not grow with the file or
the list. What other programs call their columns is in
`newsletter_programs` and `marketing_programs`; `cells.guard` keeps a cell from being a formula.
"""
