"""Alarms as values: how CloudWatch evaluates them, what they would have done, which to have, and as code."""
