"""/os-quota-sets, /os-quota-class-sets and /limits."""
