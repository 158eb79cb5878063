"""Servers in the database: create, find, change, and the beginning of operations on them."""
