"""Kinds of networks: how each looks on a host. `base.py` is the promise, `loading.py` finds one by its name."""
