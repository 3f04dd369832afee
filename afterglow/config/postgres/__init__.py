"""Django's PostgreSQL, told what is different about our tables."""
