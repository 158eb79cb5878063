"""How words travel: clients and servers made from a contract, and liveness."""
