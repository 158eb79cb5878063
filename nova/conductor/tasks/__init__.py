"""Long operations as lists of undoable steps, journalled in the database and held by leases.

Add an operation: one file here with a `Plan`, its name in `plans.py`, its states in `contracts/states.py`, and its name
in the table of `tests/functional/conductor/test_every_step.py`, which breaks and repeats each of its steps.
"""
