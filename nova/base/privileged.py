"""The one door to root: what needs it is marked `entrypoint` and runs here, or in a helper that may.

As root the functions run in this process. Otherwise oslo.privsep starts a helper (by `sudo privsep-helper`, or
what [privsep_nova] helper_command says) and carries the calls to it; their arguments and answers must then be plain:
text, bytes, numbers, lists and dicts.
"""

from __future__ import annotations

import functools
import os
import threading
from collections.abc import Callable
from typing import Any, ParamSpec, TypeVar

P = ParamSpec("P")
R = TypeVar("R")

SECTION = "privsep_nova"
MARK = "privsep_entrypoint"

_marked: list[Callable[..., Any]] = []
_context: Any = None
_lock = threading.Lock()


def entrypoint(function: Callable[P, R]) -> Callable[P, R]:
    """Mark a module-level function as one that runs with privileges."""

    @functools.wraps(function)
    def door(*args: P.args, **kwargs: P.kwargs) -> R:
        if os.geteuid() == 0:
            return function(*args, **kwargs)
        answer: R = context()._wrap(function, *args, **kwargs)
        return answer

    _marked.append(door)
    if _context is not None:
        setattr(door, MARK, _context)
    return door


def context() -> Any:
    """The privsep context, made at the first need: a daemon that is root never loads the library."""
    global _context
    with _lock:
        if _context is None:
            from oslo_privsep import capabilities, priv_context

            made = priv_context.PrivContext(
                "nova",
                cfg_section=SECTION,
                pypath=f"{__name__}.CONTEXT",
                capabilities=[
                    capabilities.CAP_CHOWN,
                    capabilities.CAP_DAC_OVERRIDE,
                    capabilities.CAP_DAC_READ_SEARCH,
                    capabilities.CAP_FOWNER,
                    capabilities.CAP_KILL,
                    capabilities.CAP_NET_ADMIN,
                    capabilities.CAP_NET_RAW,
                    capabilities.CAP_NET_BIND_SERVICE,
                    capabilities.CAP_SETUID,
                    capabilities.CAP_SETGID,
                    capabilities.CAP_SYS_ADMIN,
                ],
            )
            for door in _marked:
                setattr(door, MARK, made)
            _context = made
        return _context


def __getattr__(name: str) -> Any:
    # The helper finds the context under this name.
    if name == "CONTEXT":
        return context()
    raise AttributeError(name)
