"""Every filter, over a few hosts."""

import pytest

from nova.contracts.image import Image
from nova.contracts.scheduling import ServerGroup
from nova.scheduler import filters
from nova.scheduler.filters.base import OneHostFilter
from tests.unit.scheduler.factories import make_columns, make_conf, make_flavor, make_host, make_request


def passing(kind, hosts, request=None, **options):
    """The names of the hosts that pass."""
    columns = make_columns(*hosts)
    mask = kind(make_conf(**options)).mask(columns, request or make_request())
    assert mask.dtype == bool
    assert len(mask) == len(hosts)
    return [host.host for host, passed in zip(hosts, mask, strict=True) if passed]


def test_all_hosts():
    assert passing(filters.AllHostsFilter, [make_host("a", alive=False)]) == ["a"]


def test_availability_zone():
    hosts = [make_host("a"), make_host("b", zone="east"), make_host("c", zone="west")]
    assert passing(filters.AvailabilityZoneFilter, hosts) == ["a", "b", "c"]
    assert passing(filters.AvailabilityZoneFilter, hosts, make_request(availability_zone="east")) == ["b"]
    assert passing(filters.AvailabilityZoneFilter, hosts, make_request(availability_zone="north")) == []


def test_compute_wants_a_host_that_is_alive_and_enabled():
    hosts = [make_host("a"), make_host("b", alive=False), make_host("c", enabled=False)]
    assert passing(filters.ComputeFilter, hosts) == ["a"]


@pytest.mark.parametrize(
    ("facts", "asked", "fits"),
    [
        ({"vcpus": 2, "cpu_allocation_ratio": 2.0, "vcpus_used": 2}, 2, True),
        ({"vcpus": 2, "cpu_allocation_ratio": 2.0, "vcpus_used": 3}, 2, False),
        ({"vcpus": 2, "cpu_allocation_ratio": 16.0}, 3, False),
        ({"vcpus": 0}, 3, True),
        ({"vcpus": 3, "cpu_allocation_ratio": 1.5, "vcpus_used": 4}, 1, False),
    ],
)
def test_core(facts, asked, fits):
    request = make_request(flavor=make_flavor(vcpus=asked))
    assert bool(passing(filters.CoreFilter, [make_host("a", **facts)], request)) is fits


@pytest.mark.parametrize(
    ("facts", "asked", "fits"),
    [
        ({"ram_allocation_ratio": 1.0, "memory_mb_used": 7168}, 512, True),
        ({"ram_allocation_ratio": 1.0, "memory_mb_used": 7168}, 513, False),
        ({"ram_allocation_ratio": 1.5, "memory_mb_used": 11008}, 512, True),
        ({"ram_allocation_ratio": 1.5, "memory_mb_used": 11009}, 512, False),
        ({"ram_allocation_ratio": 3.0}, 8193, False),
        ({"ram_allocation_ratio": 3.0}, 8192, True),
    ],
)
def test_ram(facts, asked, fits):
    request = make_request(flavor=make_flavor(memory_mb=asked))
    assert bool(passing(filters.RamFilter, [make_host("a", **facts)], request)) is fits


@pytest.mark.parametrize(
    ("facts", "flavor", "fits"),
    [
        ({"disk_gb_used": 90}, {"root_gb": 10}, True),
        ({"disk_gb_used": 90}, {"root_gb": 10, "swap": 1}, False),
        ({"disk_gb_used": 90}, {"root_gb": 5, "ephemeral_gb": 4, "swap": 1024}, True),
        ({"disk_gb_used": 90}, {"root_gb": 5, "ephemeral_gb": 6}, False),
        ({"disk_gb_used": 140, "disk_allocation_ratio": 1.5}, {"root_gb": 10}, True),
        ({"disk_allocation_ratio": 1.5}, {"root_gb": 101}, False),
        ({"reserved_disk_gb": 20, "disk_gb_used": 75}, {"root_gb": 10}, False),
        ({"disk_available_least": 9}, {"root_gb": 10}, False),
        ({"disk_available_least": 10}, {"root_gb": 10}, True),
        ({"disk_available_least": -5}, {"root_gb": 0}, False),
    ],
)
def test_disk(facts, flavor, fits):
    request = make_request(flavor=make_flavor(**flavor))
    assert bool(passing(filters.DiskFilter, [make_host("a", **facts)], request)) is fits


def test_num_instances():
    hosts = [make_host("a", servers=49), make_host("b", servers=50)]
    assert passing(filters.NumInstancesFilter, hosts) == ["a"]
    assert passing(filters.NumInstancesFilter, hosts, max_instances_per_host=51) == ["a", "b"]


def test_io_ops():
    hosts = [make_host("a", io_ops=7), make_host("b", io_ops=8)]
    assert passing(filters.IoOpsFilter, hosts) == ["a"]
    assert passing(filters.IoOpsFilter, hosts, max_io_ops_per_host=9) == ["a", "b"]


def test_retry():
    hosts = [make_host("a"), make_host("b"), make_host("c")]
    assert passing(filters.RetryFilter, hosts, make_request(tried=["a", "c", "gone"])) == ["b"]


def test_different_host():
    hosts = [make_host("a"), make_host("b")]
    request = make_request(hints={"different_host": ["u1", "u2"]}, hint_hosts={"u1": "a", "u2": None})
    assert passing(filters.DifferentHostFilter, hosts, request) == ["b"]
    assert passing(filters.DifferentHostFilter, hosts) == ["a", "b"]


def test_same_host():
    hosts = [make_host("a"), make_host("b"), make_host("c")]
    request = make_request(hints={"same_host": ["u1", "u2"]}, hint_hosts={"u1": "a", "u2": "c"})
    assert passing(filters.SameHostFilter, hosts, request) == ["a", "c"]
    nowhere = make_request(hints={"same_host": ["u1"]}, hint_hosts={"u1": None})
    assert passing(filters.SameHostFilter, hosts, nowhere) == []
    assert passing(filters.SameHostFilter, hosts) == ["a", "b", "c"]


def test_group_affinity():
    hosts = [make_host("a"), make_host("b")]
    kind = filters.ServerGroupAffinityFilter
    together = make_request(group=ServerGroup(uuid="g", policy="affinity", hosts=["b"]))
    assert passing(kind, hosts, together) == ["b"]
    assert passing(kind, hosts, make_request(group=ServerGroup(uuid="g", policy="affinity"))) == ["a", "b"]
    other = make_request(group=ServerGroup(uuid="g", policy="soft-affinity", hosts=["b"]))
    assert passing(kind, hosts, other) == ["a", "b"]


def test_group_anti_affinity():
    hosts = [make_host("a"), make_host("b"), make_host("c")]
    kind = filters.ServerGroupAntiAffinityFilter
    apart = ServerGroup(uuid="g", policy="anti-affinity", hosts=["a", "b"], members_on={"a": 2, "b": 1})
    assert passing(kind, hosts, make_request(group=apart)) == ["c"]
    two = ServerGroup(
        uuid="g", policy="anti-affinity", hosts=["a", "b"], members_on={"a": 2, "b": 1}, max_server_per_host=2
    )
    assert passing(kind, hosts, make_request(group=two)) == ["b", "c"]
    assert passing(kind, hosts) == ["a", "b", "c"]


def test_cidr_affinity():
    hosts = [
        make_host("a", host_ip="192.0.2.9"),
        make_host("b", host_ip="192.0.2.200"),
        make_host("c", host_ip="198.51.100.1"),
        make_host("d", host_ip="2001:db8::5"),
        make_host("e", host_ip="host-e.example"),
    ]
    kind = filters.SimpleCIDRAffinityFilter
    assert passing(kind, hosts) == ["a", "b", "c", "d", "e"]
    assert passing(kind, hosts, make_request(hints={"build_near_host_ip": ["192.0.2.1"]})) == ["a", "b"]
    narrow = {"build_near_host_ip": ["192.0.2.1"], "cidr": ["/28"]}
    assert passing(kind, hosts, make_request(hints=narrow)) == ["a"]
    six = {"build_near_host_ip": ["2001:db8::"], "cidr": ["64"]}
    assert passing(kind, hosts, make_request(hints=six)) == ["d"]
    assert passing(kind, hosts, make_request(hints={"build_near_host_ip": ["nowhere"]})) == []


@pytest.mark.parametrize(
    ("specs", "names"),
    [
        ({}, ["a", "b"]),
        ({"capabilities:hypervisor_type": "QEMU"}, ["a"]),
        ({"hypervisor_type": "s== QEMU"}, ["a"]),
        ({"capabilities:cpu_info:features": "<in> avx"}, ["b"]),
        ({"capabilities:cpu_info:topology:cores": ">= 5"}, ["b"]),
        ({"capabilities:cpu_info:topology:sockets": ">= 1"}, []),
        ({"capabilities:free_ram_mb": ">= 7000"}, ["a"]),
        ({"capabilities:vcpus_total:more": "8"}, []),
        ({"capabilities:host": "<or> b <or> c"}, ["b"]),
        ({"capabilities:no_such_thing": "1"}, []),
        ({"no_such_thing": "1"}, ["a", "b"]),
        ({"hw:cpu_policy": "dedicated"}, ["a", "b"]),
        ({"capabilities:hypervisor_type": "QEMU", "capabilities:num_instances": "<= 0"}, ["a"]),
    ],
)
def test_compute_capabilities(specs, names):
    hosts = [
        make_host("a"),
        make_host(
            "b",
            type="xen",
            memory_mb_used=2000,
            servers=3,
            cpu_info={"features": ["avx"], "topology": {"cores": 6}},
        ),
    ]
    request = make_request(flavor=make_flavor(extra_specs=specs))
    assert passing(filters.ComputeCapabilitiesFilter, hosts, request) == names


def test_compute_capabilities_reads_json_texts():
    host = make_host("a", cpu_info={"topology": '{"cores": 4}'})
    request = make_request(flavor=make_flavor(extra_specs={"capabilities:cpu_info:topology:cores": "== 4"}))
    assert passing(filters.ComputeCapabilitiesFilter, [host], request) == ["a"]


@pytest.mark.parametrize(
    ("properties", "names"),
    [
        ({}, ["qemu", "xen"]),
        ({"hw_architecture": "x86_64"}, ["qemu", "xen"]),
        ({"architecture": "AMD64"}, ["qemu", "xen"]),
        ({"hw_architecture": "aarch64"}, []),
        ({"img_hv_type": "kvm"}, ["qemu"]),
        ({"hypervisor_type": "xapi"}, ["xen"]),
        ({"hw_vm_mode": "xen"}, ["xen"]),
        ({"vm_mode": "hv"}, ["qemu", "xen"]),
        ({"hw_architecture": "i686", "img_hv_type": "kvm"}, []),
        ({"hw_architecture": "i686", "img_hv_type": "qemu", "hw_vm_mode": "hvm"}, ["qemu"]),
        ({"img_hv_requested_version": ">=7.0"}, ["qemu"]),
        ({"img_hv_requested_version": ">=4.0, <7.2"}, ["xen"]),
        ({"hypervisor_version_requires": "==7.2.0"}, ["qemu"]),
        ({"img_hv_requested_version": "!=7.2"}, ["xen"]),
        ({"img_hv_requested_version": "newest"}, []),
    ],
)
def test_image_properties(properties, names):
    hosts = [
        make_host("qemu"),
        make_host("xen", type="xen", version=4011001, supported=[("x86_64", "xen", "xen"), ("x86_64", "xen", "hvm")]),
    ]
    request = make_request(image=Image(id="i", properties=properties))
    assert passing(filters.ImagePropertiesFilter, hosts, request) == names


def test_image_properties_without_image():
    assert passing(filters.ImagePropertiesFilter, [make_host("a", supported=[])]) == ["a"]


class OnlyQuiet(OneHostFilter):
    """A filter as somebody outside writes it."""

    def __init__(self, conf):
        super().__init__(conf)
        self.asked = []

    def host_passes(self, host, request):
        self.asked.append(host.host)
        return host.num_instances == 0 and host.free_ram_mb > request.flavor.memory_mb


def test_one_host_filter_looks_only_at_hosts_still_left():
    columns = make_columns(make_host("a"), make_host("b", servers=2), make_host("c"))
    quiet = OnlyQuiet(make_conf())
    left = quiet.narrow(columns, make_request(), ~columns.mask(["c"]))
    assert left.tolist() == [True, False, False]
    assert quiet.asked == ["a", "b"]


def test_every_filter_of_the_tree_has_its_name_and_words():
    for kind in filters.all_filters():
        assert kind(make_conf()).name == kind.__name__
        assert kind.__doc__


def test_every_filter_says_in_words_what_it_refuses():
    words = [kind.refuses for kind in filters.all_filters() if kind is not filters.AllHostsFilter]
    assert filters.Filter.refuses not in words and len(set(words)) == len(words)
