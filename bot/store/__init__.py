"""PostgreSQL: what is kept, and the only place that speaks SQL. Functions take the caller's connection."""
