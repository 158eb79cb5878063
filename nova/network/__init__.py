"""nova-network: the networks of one host. No record is kept here: all can be made again from the conductor's plan.

`endpoint.py` takes messages, `wishes.py` puts them together in whatever order they come, `serving.py` makes the host so
with a manager of `managers/` and the tools of `linux/`. `dhcpbridge.py` is what dnsmasq runs for each lease.

Add a manager: one file in `managers/` that keeps the promise of `managers/base.py`, its name in `managers/loading.py`.
"""
