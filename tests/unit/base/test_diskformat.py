"""Images of every format, sound and hostile."""

import os
import struct
import subprocess
import uuid

import pytest

from nova.base.diskformat import DiskFormat, inspect
from tests.images import MIB, qcow2

NAMES = {"vpc": "vhd"}


def vmdk(*, capacity: int, directory: int = 0) -> bytes:
    """A sparse VMDK's header and descriptor."""
    text = b'# Disk DescriptorFile\nparentCID=ffffffff\ncreateType="streamOptimized"\nRW 20 SPARSE "x.vmdk"\n'
    header = b"KDMV" + bytes(8) + struct.pack("<QQQQIQQ", capacity, 128, 1, 1, 512, 0, directory)
    return header.ljust(512, b"\0") + text.ljust(512, b"\0")


@pytest.fixture
def look(tmp_path):
    def write_and_inspect(content: bytes, size: int | None = None) -> DiskFormat:
        path = tmp_path / "image"
        path.write_bytes(content)
        if size is not None:
            os.truncate(path, size)
        return inspect(path)

    return write_and_inspect


@pytest.mark.parametrize("made", ["raw", "qcow2", "vmdk", "vdi", "vpc", "vhdx", "qed"])
def test_what_qemu_makes_is_recognised(tmp_path, made):
    path = tmp_path / "image"
    subprocess.run(["qemu-img", "create", "-q", "-f", made, path, "32M"], check=True)
    found = inspect(path)
    assert found.name == NAMES.get(made, made)
    if made == "qed":
        assert found.problem
    else:
        # A VHD is rounded up to its geometry.
        assert 32 * MIB <= found.virtual_size < 33 * MIB
        assert (found.backing_file, found.data_file, found.problem) == (None, None, None)


@pytest.mark.parametrize(
    ("made", "options", "type_"), [("vpc", "subformat=fixed", "vhd"), ("vmdk", "subformat=streamOptimized", "vmdk")]
)
def test_other_kinds_qemu_makes_are_recognised(tmp_path, made, options, type_):
    path = tmp_path / "image"
    subprocess.run(["qemu-img", "create", "-q", "-f", made, "-o", options, path, "32M"], check=True)
    assert inspect(path).name == type_ and inspect(path).problem is None


def test_what_qemu_makes_over_another_file_tells_of_it(tmp_path):
    subprocess.run(["qemu-img", "create", "-q", "-f", "raw", tmp_path / "base", "1M"], check=True)
    for made in ("qcow2", "vmdk"):
        if made == "vmdk":
            subprocess.run(["qemu-img", "create", "-q", "-f", "vmdk", tmp_path / "base", "1M"], check=True)
        argv = ["qemu-img", "create", "-q", "-f", made, "-b", "base", "-F", "vmdk" if made == "vmdk" else "raw"]
        subprocess.run([*argv, tmp_path / "top"], check=True)
        assert inspect(tmp_path / "top").backing_file
    options = f"data_file={tmp_path}/elsewhere,data_file_raw=on"
    subprocess.run(["qemu-img", "create", "-q", "-f", "qcow2", "-o", options, tmp_path / "d", "1M"], check=True)
    assert inspect(tmp_path / "d").data_file == f"{tmp_path}/elsewhere"


def test_a_vmdk_of_several_files_is_refused(tmp_path):
    argv = ["qemu-img", "create", "-q", "-f", "vmdk", "-o", "subformat=monolithicFlat", tmp_path / "image", "1M"]
    subprocess.run(argv, check=True)
    found = inspect(tmp_path / "image")
    assert found.name == "vmdk" and found.data_file == "image-flat" and found.problem


def test_a_sound_qcow2_header(look):
    found = look(qcow2())
    assert found == DiskFormat("qcow2", 10 * MIB)


@pytest.mark.parametrize(
    "changes",
    [
        {"version": 9},
        {"cluster_bits": 5},
        {"cluster_bits": 60},
        {"encryption": 1},
        {"l1_size": 2**32 - 1},
        {"snapshots": 2**32 - 1},
        {"features": 1 << 40},
        {"features": 2},
        {"length": 2**32 - 1},
    ],
)
def test_a_qcow2_header_out_of_bounds_is_a_problem(look, changes):
    assert look(qcow2(**changes)).problem


def test_a_backing_file_is_named_even_where_its_name_cannot_be_read(look):
    assert look(qcow2(backing_at=200, backing_length=11).ljust(200, b"\0") + b"/etc/shadow").backing_file
    assert look(qcow2(backing_at=2**63, backing_length=2**32 - 1)).backing_file == "?"


def test_a_data_file_is_named(look):
    name = b"/dev/sda"
    extension = struct.pack(">II", 0x44415441, len(name)) + name
    assert look(qcow2(features=4) + extension).data_file == "/dev/sda"
    assert look(qcow2(features=4) + bytes(16)).data_file == "?"
    assert look(qcow2(features=4)).problem


@pytest.mark.parametrize("magic", [b"QFI\xfb", b"KDMV", b"vhdxfile", b"conectix", b"# Disk DescriptorFile", b"QED\0"])
def test_a_header_cut_short_is_a_problem_and_no_error(look, magic):
    for length in (0, 1, 30, 71, 500):
        assert look(magic + bytes(length)).problem


def test_a_vmdk_descriptor_out_of_bounds_is_a_problem(look):
    for at, sectors in ((2**60, 1), (1, 2**60), (1, 0)):
        header = b"KDMV" + bytes(8) + struct.pack("<QQQQ", 100, 1, at, sectors)
        assert look(header, 4096).problem


def test_a_vmdk_whose_extent_is_another_file_is_refused(look):
    text = b'# Disk DescriptorFile\nparentCID=ffffffff\ncreateType="monolithicSparse"\nRW 20 FLAT "/etc/shadow" 0\n'
    header = b"KDMV" + bytes(8) + struct.pack("<QQQQ", 20, 1, 1, 1)
    found = look(header.ljust(512, b"\0") + text.ljust(512, b"\0"))
    assert found.problem and found.data_file == "/etc/shadow"


def test_a_vmdk_that_only_describes_others_is_refused(look):
    found = look(vmdk(capacity=0))
    assert found.problem and found.data_file


def test_a_vmdk_whose_footer_says_another_size_is_refused(look):
    header = vmdk(capacity=20, directory=2**64 - 1)
    honest = header.ljust(4096, b"\0") + header[:512] + bytes(512)
    assert look(honest) == DiskFormat("vmdk", 20 * 512)
    lies = header.ljust(4096, b"\0") + vmdk(capacity=2**40, directory=0)[:512] + bytes(512)
    assert look(lies).problem


def test_a_vhdx_with_a_hostile_table_is_a_problem(look):
    metadata = uuid.UUID("8b7ca206-4790-4b9a-b8fe-575f050f886e").bytes_le
    content = b"vhdxfile".ljust(192 * 1024, b"\0") + b"regi" + struct.pack("<III", 0, 2**32 - 1, 0)
    content += metadata + struct.pack("<QII", 2**63, 4096, 1)
    assert look(content).problem


def test_raw_images_say_what_they_hold(look):
    assert look(b"") == DiskFormat("raw", 0)
    assert look(bytes(4096)) == DiskFormat("raw", 4096)
    assert look(bytes(1080) + b"\x53\xef", 4096).content == "ext"
    assert look(bytes(510) + b"\x55\xaa", 4096).content == "mbr"
    assert look(bytes(32769) + b"CD001", 65536).name == "iso"


def test_declared_formats_fit_what_the_file_is():
    raw, iso, cow = DiskFormat("raw", 1), DiskFormat("iso", 1), DiskFormat("qcow2", 1)
    assert all(raw.is_a(word) for word in ("raw", "ami", "aki", "ari")) and not raw.is_a("iso")
    assert iso.is_a("iso") and iso.is_a("raw") and not iso.is_a("qcow2")
    assert cow.is_a("qcow2") and not cow.is_a("raw")


def test_links_and_missing_files_are_errors(tmp_path):
    (tmp_path / "link").symlink_to("/etc/passwd")
    with pytest.raises(OSError):
        inspect(tmp_path / "link")
    with pytest.raises(FileNotFoundError):
        inspect(tmp_path / "missing")
