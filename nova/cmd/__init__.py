"""One thin file per daemon or command: it loads the settings of the rooms it needs, sets up the log, and starts.

Add a daemon: a file here, its line under [project.scripts] in pyproject.toml, a file in `bin/`, a unit in
`etc/nova/systemd/`. `options.py` lists every option and policy rule for the samples in `etc/nova/`.
"""
