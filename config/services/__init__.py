"""The embedded servers: a PostgreSQL and a Valkey of our own, for an installation that names no others."""
