"""Block Kit messages and views as pure functions of values: the same incident gives the same bytes."""
