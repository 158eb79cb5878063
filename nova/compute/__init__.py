"""One host's caretaker. No record is kept here: all can be made again from one answer of the conductor.

`service.py` puts it together. `endpoint.py` does the steps that tasks ask for; `convergence.py` compares the host with
what should be on it; `inventory.py` and `power.py` tell the conductor; `image_cache.py` fetches and verifies images;
`filters.py` guards guests. `attention.py` keeps two of these from working on one server at once.

Add a method: "Add an RPC method" in CONTRIBUTING.rst; what the hypervisor must do for it is one method of
`nova/virt/driver.py`, kept by every driver.
"""
