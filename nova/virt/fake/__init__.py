"""A hypervisor without guests, for tests and trials: `store.py` outlives the process, `control.py` makes calls fail."""
