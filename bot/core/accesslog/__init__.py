"""Load-balancer logs, pure: keys of log objects, parsers, signatures, counting, and the summary."""
