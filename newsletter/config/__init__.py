"""newsletter.toml and the environment become Settings, checked once."""
