"""What has no opinion about what a cloud holds: settings, log, clock, processes, privileges, the daemon's skeleton.

No file here knows what a cloud is made of; a test reads them for such words. What needs root is marked `entrypoint`
(`privileged.py`); what is configured is a table of options in its room's `settings.py` (CONTRIBUTING.rst, "Add a
setting").
"""
