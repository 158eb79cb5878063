"""Other services: Keystone and Glance, each with what the daemons want of it and a stand-in.

`images.py` is the promise, `glance.py` keeps it, `fake_glance.py` keeps it without Glance.
"""
