"""The Compute API, one file or folder per resource; README.rst says how to add one."""
