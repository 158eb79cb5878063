"""The skeleton of every daemon: start, wait for signals, stop in bounded time.

SIGTERM and SIGINT end it gracefully, SIGHUP reloads what may change while it runs, SIGUSR2 writes a status report.
"""

from __future__ import annotations

import faulthandler
import logging
import os
import queue
import signal
import sys
import threading
from collections.abc import Callable
from types import FrameType
from typing import Protocol

from oslo_config import cfg

from nova.base import report

LOG = logging.getLogger(__name__)


class Stoppable(Protocol):
    """What runs until it is told to stop."""

    def stop(self) -> None:
        """Finish what is in hand, take nothing new, return."""


def run(conf: cfg.ConfigOpts, program: str, start: Callable[[], Stoppable]) -> int:
    """Live until a signal says to end; answers the exit code.

    A second SIGTERM, or `graceful_shutdown_timeout` seconds, end the process whatever it does.
    """
    signals: queue.SimpleQueue[int] = queue.SimpleQueue()

    def note(number: int, frame: FrameType | None) -> None:
        signals.put(number)

    for wanted in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(wanted, note)
    report_on_signal(conf, program)
    service = start()
    LOG.info("%s is ready", program)
    while True:
        number = signals.get()
        if number != signal.SIGHUP:
            break
        reload(conf)
    LOG.info("%s ends on signal %s", program, number)
    _stop_in_time(service, conf.graceful_shutdown_timeout, signals)
    return 0


def reload(conf: cfg.ConfigOpts) -> None:
    """Read the configuration files again and apply the options that may change, the log levels among them."""
    try:
        conf.mutate_config_files()
    except cfg.Error as error:
        LOG.error("The configuration was not reloaded: %s", error)


def _stop_in_time(service: Stoppable, limit: float, signals: queue.SimpleQueue[int]) -> None:
    done = threading.Event()

    def guard() -> None:
        if not done.wait(limit):
            LOG.error("Not stopped after %s s; what is unfinished is taken up by another process", limit)
            os._exit(1)

    def impatient() -> None:
        while signals.get() == signal.SIGHUP:
            continue
        os._exit(1)

    for work in (guard, impatient):
        threading.Thread(target=work, daemon=True).start()
    service.stop()
    done.set()
    sys.stdout.flush()


def report_on_signal(conf: cfg.ConfigOpts, program: str) -> None:
    """SIGUSR2 writes a status report, in a thread of its own: the signal may have come at any place."""

    def begin(number: int, frame: FrameType | None) -> None:
        threading.Thread(target=report.write, args=(conf, program), daemon=True).start()

    signal.signal(signal.SIGUSR2, begin)
    faulthandler.enable()
