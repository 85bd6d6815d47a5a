"""What is kept: the tables (models), how to reach them (session), how they change (migrate)."""
