"""Consoles: nova-consoleauth, which gives out tokens, and the proxies, which take them and carry bytes.

`tokens.py` is nova-consoleauth. A proxy: `listener.py` takes connections, `handler.py` checks origin and token and asks
`protocols.py` for the way to the guest, `relay.py` carries the bytes. Another protocol is one class in `protocols.py`.
"""
