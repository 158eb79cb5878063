"""/flavors: sizes of servers."""
