"""How words travel: clients and servers made from a contract, and liveness.

`bus.py` makes both and checks that an endpoint keeps its contract; `codec.py` types what travels; `rabbit.py` and
`memory.py` are the two ways, `admission.py` the door of the first. `daemon.py` is the whole life of an RPC daemon,
`presence.py` its signs of life. How to add an RPC method: CONTRIBUTING.rst.
"""
