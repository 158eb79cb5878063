"""Finding the filters and weighers that the configuration names."""

from __future__ import annotations

import importlib
import inspect
from collections.abc import Iterable
from typing import Any

from oslo_config import cfg

from nova.scheduler.filters.base import Filter
from nova.scheduler.weighers.base import Weigher

# Where configurations written for older releases look for the weighers.
_MOVED = {"nova.scheduler.weights.all_weighers": "nova.scheduler.weighers.all_weighers"}


class NotLoadable(Exception):
    """The configuration names something that is not there: the daemon does not start."""


def load_filters(conf: cfg.ConfigOpts) -> list[Filter]:
    """One filter for each name in enabled_filters, in that order. NotLoadable for a name that none has."""
    available = {kind.__name__: kind for kind in _classes(conf.filter_scheduler.available_filters, Filter)}
    enabled: list[str] = conf.filter_scheduler.enabled_filters
    unknown = [name for name in enabled if name not in available]
    if unknown:
        raise NotLoadable(
            f"[filter_scheduler] enabled_filters names {', '.join(unknown)}, but available_filters "
            f"offers only {', '.join(sorted(available))}"
        )
    return [available[name](conf) for name in enabled]


def load_weighers(conf: cfg.ConfigOpts) -> list[Weigher]:
    """One weigher of each class that weight_classes leads to."""
    return [kind(conf) for kind in _classes(conf.filter_scheduler.weight_classes, Weigher)]


def _classes(paths: Iterable[str], base: type) -> list[Any]:
    found: list[Any] = []
    for path in paths:
        thing = _import(_MOVED.get(path, path))
        found += [thing] if inspect.isclass(thing) else list(thing())
    wrong = [kind for kind in found if not (inspect.isclass(kind) and issubclass(kind, base))]
    if wrong:
        raise NotLoadable(f"{wrong[0]!r} is not a {base.__name__} of {base.__module__}")
    return found


def _import(path: str) -> Any:
    module, _, name = path.rpartition(".")
    try:
        return getattr(importlib.import_module(module), name)
    except (ImportError, AttributeError, ValueError) as error:
        raise NotLoadable(f"Cannot load {path}: {error}") from error
