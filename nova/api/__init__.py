"""HTTP: the Compute API, the guests' metadata service, and what both stand on.

`openstack/` has one file per resource and `openstack/actions/` one per server action; its README.rst says how to add
either. `metadata/` answers guests, known by their addresses. `web/` is the machinery: a request comes in by
`server.py`, passes the Paste filters of `auth.py` and `middleware.py`, and `router.py` finds its operation, checks
body, query and policy, and calls the handler, which asks the conductor. `faults.py` alone turns errors into responses.
"""
