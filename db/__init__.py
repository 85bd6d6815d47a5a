"""The database: tables (models), access (session) and migrations (migrate)."""
