"""One host's caretaker, put together."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from oslo_config import cfg

from nova.base.contract import Contract
from nova.base.daemon import Stoppable
from nova.base.periodic import Periodic
from nova.bus.bus import Bus
from nova.clients.images import Images
from nova.compute.attention import Attention
from nova.compute.convergence import TICK, Convergence, Manners
from nova.compute.endpoint import ComputeEndpoint
from nova.compute.filters import GuestFilters
from nova.compute.image_cache import ImageCache
from nova.compute.image_upkeep import ImageUpkeep
from nova.compute.inventory import Inventory
from nova.compute.leftovers import Leftovers
from nova.compute.neighbours import Neighbours
from nova.compute.power import PowerEvents
from nova.compute.settings import seconds
from nova.contracts.compute import Hosts
from nova.virt.driver import Driver


class Caretaker:
    """What nova-compute consists of, from its settings, its driver, its packet filters and its image store."""

    def __init__(self, conf: cfg.ConfigOpts, driver: Driver, filters: GuestFilters, store: Images) -> None:
        self._conf, self._driver, self._filters = conf, driver, filters
        self._attention = Attention()
        guests = Path(conf.instances_path)
        guests.mkdir(parents=True, exist_ok=True)
        self._neighbours = Neighbours(guests, conf.host)
        cache = guests / conf.image_cache_subdirectory_name
        self._images = ImageCache(cache, store)
        self._upkeep = ImageUpkeep(
            cache,
            guests,
            self._neighbours,
            remove=conf.remove_unused_base_images,
            minimum_age=conf.remove_unused_original_minimum_age_seconds,
        )

    def endpoints(self, bus: Bus) -> Sequence[Contract]:
        """What is served; no image is fetched before what a killed process left is swept."""
        self._upkeep.sweep()
        return [
            ComputeEndpoint(
                host=self._conf.host,
                driver=self._driver,
                filters=self._filters,
                images=self._images,
                attention=self._attention,
                leftovers=Leftovers(self._conf.host, self._driver, self._filters, self._upkeep.half_written),
                shutdown_timeout=self._conf.shutdown_timeout,
                builds_at_once=self._conf.max_concurrent_builds,
            )
        ]

    def started(self, bus: Bus) -> Sequence[Stoppable]:
        """Begin the work that nobody asks for."""
        conf, hosts = self._conf, bus.client(Hosts)
        inventory = Inventory(conf.host, self._driver, hosts)
        convergence = self._convergence(hosts)
        comparing = Periodic("convergence", TICK, convergence.tick)
        bus.returned += [convergence.again, comparing.nudge]
        work: list[Periodic | PowerEvents] = [
            Periodic("inventory", seconds(conf.update_resources_interval), inventory.work),
            comparing,
            PowerEvents(conf.host, self._driver, hosts, self._attention),
        ]
        if conf.image_cache_manager_interval >= 0:
            work.append(Periodic("image upkeep", seconds(conf.image_cache_manager_interval), self._upkeep.work))
        for one in work:
            one.start()
        return [*work, _Closing(self._driver)]

    def _convergence(self, hosts: Hosts) -> Convergence:
        conf = self._conf
        return Convergence(
            host=conf.host,
            driver=self._driver,
            filters=self._filters,
            hosts=hosts,
            attention=self._attention,
            alone=self._neighbours.alone,
            manners=Manners(
                interval=seconds(conf.sync_power_state_interval),
                patience=float(conf.running_deleted_instance_timeout),
                orphans=conf.running_deleted_instance_action,
                resume=conf.resume_guests_state_on_host_boot,
            ),
        )


class _Closing:
    """The driver is let go of last."""

    def __init__(self, driver: Driver) -> None:
        self._driver = driver

    def stop(self) -> None:
        """Let go of the hypervisor; guests run on."""
        self._driver.close()
