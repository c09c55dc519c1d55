"""What workers do: run checks, deliver to Slack, keep the list of load balancers, put right what broke."""
