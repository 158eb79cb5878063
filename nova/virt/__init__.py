"""Hypervisors. `driver.py` is the one promise; `libvirt/` and `fake/` keep it, and one suite holds them to it.

`load.py` chooses by the option compute_driver. What drivers share is beside it: `disk_plan.py`, `disk_tools.py`,
`configdrive.py`.
"""
