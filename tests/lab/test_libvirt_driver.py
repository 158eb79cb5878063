"""What only libvirt can show: daemons that go away, domains left half-made, disks that are full."""

from __future__ import annotations

import base64
import json
import queue
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import msgspec
import pytest

from nova.base import links
from nova.contracts.errors import DiskFull, ImageUnusable, StepFailed, Unavailable
from nova.contracts.guest import GuestState
from nova.contracts.image import Image
from nova.contracts.states import PowerState
from tests.driver_benches import COMMAND_LINE, LibvirtBench
from tests.guests import UUID, VIF, make_flavor, make_guest, make_image, ref_of
from tests.private_host import PrivateHost

pytestmark = pytest.mark.lab

RECIPE = Path(__file__).parents[2] / "devstack/image/build.sh"
MIB = 1024**2


@pytest.fixture(scope="module")
def generic_images(request: pytest.FixtureRequest) -> Path:
    """The test guest with Debian's usual kernel, which has more drivers. It is fetched, so not on a private host."""
    folder = Path(request.config.cache.mkdir("guest-image-generic"))
    subprocess.run([str(RECIPE), "--generic", str(folder)], check=True, timeout=300, capture_output=True)
    return folder


@pytest.fixture(scope="module")
def make_bench(
    request: pytest.FixtureRequest, generic_images: Path, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Callable[[Path], LibvirtBench]]:
    """Makes a driver on a host that all tests here share."""
    images = Path(request.config.cache.mkdir("guest-image"))
    subprocess.run([str(RECIPE), str(images)], check=True, timeout=300, capture_output=True)
    with PrivateHost(tmp_path_factory.mktemp("host")) as host:
        yield lambda folder: LibvirtBench(folder, host, images)


@pytest.fixture
def bench(make_bench: Callable[[Path], LibvirtBench], tmp_path: Path) -> Iterator[LibvirtBench]:
    """A driver without guests; what a test leaves is removed."""
    made = make_bench(tmp_path)
    yield made
    made.driver.destroy(ref_of(made.guest()))
    made.driver.close()


def virsh(*argv: str) -> str:
    done = subprocess.run(["virsh", "-q", *argv], check=False, timeout=60, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    return done.stdout


def disk_facts(path: Path) -> dict[str, object]:
    command = ["qemu-img", "info", "-U", "--output=json", str(path)]
    facts: dict[str, object] = json.loads(subprocess.run(command, check=True, timeout=60, capture_output=True).stdout)
    return facts


def test_the_root_disk_has_the_flavors_size_and_the_guest_reads_its_config_drive(bench: LibvirtBench) -> None:
    guest = bench.guest()
    bench.driver.make_disks(guest, bench.fetch)
    facts = disk_facts(bench.instances / UUID / "disk")
    assert (facts["format"], facts["virtual-size"]) == ("qcow2", 1024 * MIB)
    blocks = subprocess.run(
        ["dumpe2fs", "-h", str(facts["full-backing-filename"])], check=True, capture_output=True, timeout=60, text=True
    ).stdout
    assert f"Block count:              {1024 * MIB // 4096}" in blocks or f"{1024 * MIB // 1024}" in blocks
    bench.driver.start(guest)
    log = bench.wait_for_console(ref_of(guest), b"login:").decode(errors="replace")
    assert f"metadata from drive, uuid {UUID}" in log
    assert "vm-one login:" in log


def test_a_bootable_image_boots_from_its_own_disk_and_reads_a_vfat_config_drive(bench: LibvirtBench) -> None:
    bench.conf.set_override("config_drive_format", "vfat")
    driver = type(bench.driver)(bench.conf)
    guest = make_guest(image=make_image("bootable", "qcow2"), config_drive=True)
    driver.make_disks(guest, bench.fetch)
    driver.start(guest)
    log = bench.wait_for_console(ref_of(guest), b"login:").decode(errors="replace")
    assert f"metadata from drive, uuid {UUID}" in log
    driver.close()


def test_a_domain_left_half_made_is_replaced(bench: LibvirtBench, tmp_path: Path) -> None:
    guest = bench.guest()
    half = tmp_path / "half.xml"
    half.write_text(
        f"<domain type='qemu'><uuid>{UUID}</uuid><name>{guest.name}</name><memory>65536</memory>"
        "<os><type>hvm</type></os></domain>"
    )
    virsh("define", str(half))
    bench.driver.make_disks(guest, bench.fetch)
    assert bench.driver.start(guest).power_state is PowerState.RUNNING
    assert bench.driver.taps() == {VIF.device: UUID}
    assert "nova:owner" in virsh("dumpxml", guest.name)


def test_a_start_that_fails_leaves_no_domain(bench: LibvirtBench) -> None:
    guest = bench.guest()
    bench.driver.make_disks(guest, bench.fetch)
    (bench.instances / UUID / "ramdisk").unlink()
    with pytest.raises(StepFailed, match="could not start the guest"):
        bench.driver.start(guest)
    assert bench.driver.guests() == [] and bench.driver.taps() == {}


def test_libvirtd_may_go_and_come_again(bench: LibvirtBench) -> None:
    driver, guest = bench.driver, bench.guest()
    told: queue.SimpleQueue[GuestState] = queue.SimpleQueue()
    driver.watch(told.put)
    driver.make_disks(guest, bench.fetch)
    driver.start(guest)
    bench.host.stop_libvirtd()
    with pytest.raises(Unavailable):
        driver.state(ref_of(guest))
    with pytest.raises(Unavailable):
        driver.start(guest)
    bench.host.start_libvirtd()
    # Without control groups, as on this private host, a libvirtd that comes back ends the guests it finds.
    assert driver.state(ref_of(guest)).power_state in (PowerState.RUNNING, PowerState.SHUTDOWN)
    driver.destroy(ref_of(guest))
    assert driver.start(guest).power_state is PowerState.RUNNING
    while not told.empty():
        told.get()
    virsh("destroy", guest.name)
    while told.get(timeout=30).power_state is not PowerState.SHUTDOWN:
        pass


def test_a_libvirtd_that_hangs_is_given_up_until_it_answers_again(bench: LibvirtBench) -> None:
    ref = ref_of(bench.guest())
    assert bench.driver.state(ref).power_state is PowerState.NOSTATE
    bench.host.freeze_libvirtd()
    try:
        for _ in range(2):
            with pytest.raises(Unavailable):
                bench.driver.state(ref)
    finally:
        bench.host.thaw_libvirtd()
    assert bench.driver.state(ref).power_state is PowerState.NOSTATE


def test_a_full_disk_is_told_and_leaves_no_part_of_a_file(bench: LibvirtBench) -> None:
    subprocess.run(["mount", "-t", "tmpfs", "-o", "size=30m", "tmpfs", str(bench.instances)], check=True, timeout=30)
    try:
        bench.cache.mkdir()
        for image in ("aki", "ari"):
            bench.fetch(Image(id=image))
        with pytest.raises(DiskFull, match="no room"):
            bench.driver.make_disks(make_guest(kernel=make_image("aki", "aki"), image=make_image("big")), _big)
        assert not list((bench.instances / UUID).glob("*.part*"))
        bench.driver.remove_disks(ref_of(bench.guest()))
        assert bench.driver.disk_owners() == {}
    finally:
        subprocess.run(["umount", str(bench.instances)], check=True, timeout=30)


def _big(image: Image) -> Path:
    path = Path("/var/cache/libvirt") / image.id
    path.write_bytes(b"\x01" * (40 * MIB))
    return path


def test_an_image_larger_than_the_flavors_disk_is_refused(bench: LibvirtBench, tmp_path: Path) -> None:
    large = tmp_path / "large"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", str(large), "2G"], check=True, timeout=60)
    guest = make_guest(image=make_image("large", "qcow2"), flavor=make_flavor(root_gb=1))
    with pytest.raises(ImageUnusable, match=r"2 GiB.*1 GiB"):
        bench.driver.make_disks(guest, lambda image: large)
    assert [path.name for path in (bench.instances / UUID).iterdir()] == ["disk.info"]


@pytest.fixture
def dhcp(bench: LibvirtBench, tmp_path: Path) -> Iterator[None]:
    """A DHCP server on the guests' bridge that knows the one guest of these tests."""
    name, mac, address = VIF.network.bridge, VIF.address, VIF.ips[0].address
    for words in (["add", name, "type", "bridge"], ["set", name, "up"]):
        subprocess.run(["ip", "link", *words], check=False, timeout=30, capture_output=True)
    subprocess.run(["ip", "addr", "replace", "10.0.0.1/24", "dev", name], check=True, timeout=30)
    options = ["--conf-file=", "--port=0", f"--interface={name}", "--bind-interfaces", "--no-hosts", "--no-resolv"]
    options += ["--dhcp-range=10.0.0.0,static", f"--dhcp-host={mac},{address}"]
    options += [f"--dhcp-leasefile={tmp_path}/leases", f"--pid-file={tmp_path}/dnsmasq.pid"]
    server = subprocess.Popen(["dnsmasq", "--keep-in-foreground", *options], stderr=subprocess.DEVNULL)
    yield
    server.terminate()
    server.wait(timeout=30)


LOOK = """#!/bin/sh
echo "look: card $(readlink /sys/class/net/eth0/device/driver)"
for one in /sys/bus/pci/devices/*; do
    case $(cat $one/class) in 0x0300*) echo "look: screen $(cat $one/vendor)" ;; esac
done
"""
CIRRUS, VIRTIO = "0x1013", "0x1af4"


@pytest.mark.parametrize(
    ("wishes", "card", "screen"),
    [
        ({"hw_vif_model": "e1000", "hw_video_model": "virtio"}, "e1000", VIRTIO),
        ({"hw_machine_type": "q35", "hw_vif_model": "e1000e", "hw_disk_bus": "sata"}, "e1000e", CIRRUS),
    ],
)
def test_a_guest_works_with_the_devices_that_its_image_asks_for(
    bench: LibvirtBench, generic_images: Path, dhcp: None, wishes: dict[str, str], card: str, screen: str
) -> None:
    bench.use(generic_images)
    root = "sda" if "hw_disk_bus" in wishes else "vda"
    image = make_image("ami", "ami", os_command_line=COMMAND_LINE.replace("vda", root), **wishes)
    user_data = base64.b64encode(LOOK.encode()).decode()
    guest = msgspec.structs.replace(bench.guest(), image=image, user_data=user_data)
    bench.driver.make_disks(guest, bench.fetch)
    bench.driver.start(guest)
    log = bench.wait_for_console(ref_of(guest), b"login:").decode(errors="replace").replace("\r", "")
    assert "guest: eth0 dhcp 10.0.0.2/24" in log and f"metadata from drive, uuid {UUID}" in log
    assert f"/drivers/{card}\n" in log and f"look: screen {screen}" in log
    assert bench.driver.power_off(ref_of(guest), wait=60).power_state is PowerState.SHUTDOWN
    assert "power button" in bench.driver.console_log(ref_of(guest)).decode(errors="replace")


def test_a_guest_that_prints_for_ever_does_not_fill_the_host(bench: LibvirtBench) -> None:
    script = (
        "#!/bin/sh\nyes 0123456789012345678901234567890123456789012345678901234567890 | head -c 5000000\necho ended\n"
    )
    guest = msgspec.structs.replace(bench.guest(), user_data=base64.b64encode(script.encode()).decode())
    bench.driver.make_disks(guest, bench.fetch)
    bench.driver.start(guest)
    log = bench.wait_for_console(ref_of(guest), b"ended")
    assert len(log) == 100 * 1024
    sizes = {path.name: path.stat().st_size for path in (bench.instances / UUID).glob("console.log*")}
    assert {"console.log", "console.log.0", "console.log.1"} <= set(sizes) and max(sizes.values()) <= 2 * MIB
    bench.driver.destroy(ref_of(guest))
    bench.driver.remove_disks(ref_of(guest))
    assert not (bench.instances / UUID).exists()


def test_a_guest_of_an_iso_image_is_started_from_its_cd(bench: LibvirtBench, tmp_path: Path) -> None:
    (tmp_path / "tree").mkdir()
    cd = tmp_path / "cd"
    subprocess.run(["genisoimage", "-quiet", "-o", str(cd), str(tmp_path / "tree")], check=True, timeout=60)
    guest = make_guest(image=make_image("cd", "iso"), config_drive=True)
    bench.driver.make_disks(guest, lambda image: cd)
    assert bench.driver.start(guest).power_state is PowerState.RUNNING
    assert "<boot dev='cdrom'/>" in virsh("dumpxml", guest.name)


def test_the_hosts_own_card_joins_the_bridge_that_the_guests_of_all_hosts_share(bench: LibvirtBench) -> None:
    subprocess.run(["ip", "link", "add", "card0", "type", "veth", "peer", "name", "elsewhere"], check=True, timeout=30)
    try:
        bench.conf.set_override("flat_interface", "card0")
        driver = type(bench.driver)(bench.conf)
        guest = bench.guest()
        driver.make_disks(guest, bench.fetch)
        driver.start(guest)
        assert links.members(VIF.network.bridge) == ["card0", VIF.device]
        driver.close()
    finally:
        subprocess.run(["ip", "link", "del", "card0"], check=True, timeout=30)
