"""What outlives a restart: SQLite in the state directory; the only package with SQL."""
