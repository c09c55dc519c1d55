"""Application logs: lines masked, folded into templates, and counted a minute at a time."""
