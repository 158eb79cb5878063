"""One file a server action."""
