"""nova-novncproxy: shows guests' screens in browsers."""

from __future__ import annotations

import os
import sys


def main() -> int:
    """Run the daemon; answers the exit code."""
    # websockify unmasks frames with NumPy; its linear algebra's threads would only cost memory.
    os.environ.setdefault("OPENBLAS_NUM_THREADS", "1")

    from nova.base import daemon, log, settings
    from nova.bus.settings import OPTIONS as BUS_OPTIONS
    from nova.console.assembly import CannotServe, Proxy
    from nova.console.protocols import NoVnc
    from nova.console.settings import NOVNCPROXY_OPTIONS, PROXY_OPTIONS

    options = [BUS_OPTIONS, PROXY_OPTIONS, NOVNCPROXY_OPTIONS]
    conf = settings.load(
        sys.argv[1:], program="nova-novncproxy", options=options, command_line=PROXY_OPTIONS["DEFAULT"]
    )
    log.setup(conf, "nova-novncproxy")
    try:
        return daemon.run(
            conf,
            "nova-novncproxy",
            lambda: Proxy(conf, NoVnc(), conf.vnc.novncproxy_host, conf.vnc.novncproxy_port),
        )
    except CannotServe as error:
        sys.stderr.write(f"nova-novncproxy: {error}\n")
        return 1


if __name__ == "__main__":
    sys.exit(main())
