"""The machinery of HTTP that knows no resource: the register of operations, routes, schemas, policy, faults."""
