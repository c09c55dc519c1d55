"""The public case set: load-balancer failures with their right answers, and how well the diagnosis does."""
