"""What the newsletter remembers: tables and queries, a file a noun."""
