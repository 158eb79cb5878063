"""The life of each daemon by itself: how soon it is ready, what it weighs when idle, how soon it has ended."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from collections import deque
from pathlib import Path
from typing import Any

from tests.bench.cloud import Cloud
from tests.bench.processes import cpu_of, rss_of

READY = b" is ready"
PATIENCE = 60.0
IDLE_SECONDS = 5.0


def measure(cloud: Cloud) -> list[dict[str, Any]]:
    """Each of nova's daemons in turn is taken from supervisord, started, left alone, ended, and given back."""
    return [_one(cloud, name) for name in sorted(cloud.processes.roots()) if name.startswith("nova-")]


def _one(cloud: Cloud, name: str) -> dict[str, Any]:
    command, environment = _described(cloud.data / "etc/supervisor.d" / f"{name}.conf")
    ctl = str(cloud.data / "bin/ctl")
    subprocess.run([ctl, "stop", name], capture_output=True, timeout=120, check=False)
    try:
        began = time.perf_counter()
        process = subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env={**os.environ, **environment}
        )
        try:
            _wait_until_ready(process)
            ready, cpu = time.perf_counter() - began, cpu_of(process.pid)
            time.sleep(IDLE_SECONDS)
            rss = rss_of(process.pid)
            told = time.perf_counter()
            process.send_signal(signal.SIGTERM)
            process.wait(PATIENCE)
            stopped = time.perf_counter() - told
        finally:
            process.kill()
            process.wait()
    finally:
        subprocess.run([ctl, "start", name], capture_output=True, timeout=120, check=False)
    return {
        "daemon": name,
        "ready_seconds": round(ready, 2),
        "ready_cpu_seconds": round(cpu, 2),
        "idle_rss_mib": rss,
        "stopped_seconds": round(stopped, 2),
    }


def _described(file: Path) -> tuple[list[str], dict[str, str]]:
    """The command and the environment of a program as supervisord is told them."""
    settings = dict(line.split(" = ", 1) for line in file.read_text().splitlines() if " = " in line)
    pairs = (pair.split("=", 1) for pair in settings.get("environment", "").split(",") if "=" in pair)
    return settings["command"].split(), {name: value.strip('"') for name, value in pairs}


def _wait_until_ready(process: subprocess.Popen[bytes]) -> None:
    """Read its log until it says so, and go on reading, so that it never waits for us."""
    assert process.stdout is not None
    log, ready = process.stdout, threading.Event()
    last: deque[bytes] = deque(maxlen=10)

    def read() -> None:
        for line in log:
            last.append(line)
            if READY in line:
                ready.set()

    threading.Thread(target=read, daemon=True).start()
    if not ready.wait(PATIENCE):
        said = b"".join(last).decode(errors="replace")
        raise TimeoutError(f"{process.args!r} does not become ready. It said last:\n{said}")
