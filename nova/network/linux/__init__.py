"""What nova-network does to a Linux host: bridges, rules, dnsmasq. `host.py` is the promise, with a dry stand-in."""
