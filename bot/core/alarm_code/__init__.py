"""Alarms as code defines them, in Terraform and CloudFormation, held against the live ones."""
