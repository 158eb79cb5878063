"""The servers themselves: list, show, create, change, delete."""
