"""newsletter.toml and the environment become `Settings` and `Secrets`, checked once.

    newsletter.toml ─▶ load.load_settings ─▶ rules.check_settings ─▶ Settings
    .env, environment ─▶ secrets.load_environment ─▶ read_secrets ─▶ Secrets

- `settings`: one class for each table of the file. `templates/starter/newsletter.toml`
  explains each key to the author.
  It also matches subscribers' topics with [[topics]].
- `secret_files`: secrets that the environment only names the files of.
- `address`: parse an address setting.
- `load`: reads the file, and turns errors of msgspec into sentences with a cure. `rules`: values
  that do not fit together.
- `file_modes`: keep the folder from other users of the machine.
- `feed_tables`: add and remove [[feeds]] in the file. `database_url`: the database's address, in
  the file or in `.env`. `text_files`: a file is replaced at once or not at all.
- `explain`: what each setting means, from the starter file. `edit`: change keys and keep comments.
- `places`: hemisphere, country, climate, rains and English of a time zone. `season_dates`: the
  author's own first days of the seasons.
"""
