"""nova-scheduler whole, over the bus in memory."""

import time

from nova.base.context import admin_context
from nova.bus.daemon import RpcDaemon
from nova.contracts.scheduling import HostChanges, Scheduler
from nova.scheduler.assembly import Assembly
from nova.scheduler.settings import OPTIONS
from tests.functional.over_bus import conductor, load_conf
from tests.unit.scheduler.factories import FakeConductor, make_host, make_request

CONTEXT = admin_context()


def test_place_over_the_bus(tmp_path):
    conf = load_conf(tmp_path, [OPTIONS], "[scheduler]\ninterval = 0.1\n")
    hosts = FakeConductor(make_host("a"), make_host("b", memory_mb_used=4096))
    with conductor(conf, hosts) as bus:
        assembly = Assembly(conf)
        daemon = RpcDaemon(conf, "nova-scheduler", "scheduler", "here", assembly.endpoints, assembly.started)
        try:
            scheduler = bus.client(Scheduler)
            [placement] = scheduler.place(CONTEXT, requests=[make_request()])
            assert [choice.host for choice in placement.choices] == ["a", "b"]
            assert placement.filtered[0] == ("all hosts", 2)
            assert bus.sent["scheduler.place"] == 1
            # A host that the conductor tells of later is found without being asked for.
            hosts.answers.append(HostChanges(version=2, all=False, hosts=[make_host("c", zone="east")]))
            for _ in range(100):
                if not hosts.answers:
                    break
                time.sleep(0.02)
            [placement] = scheduler.place(CONTEXT, requests=[make_request(availability_zone="east")])
            assert [choice.host for choice in placement.choices] == ["c"]
        finally:
            daemon.stop()
