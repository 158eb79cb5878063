"""Image files, sound and hostile, for tests."""

import struct

MIB = 1024 * 1024


def qcow2(**changes):
    """A version 3 header with what the caller changes."""
    values = {"version": 3, "backing_at": 0, "backing_length": 0, "cluster_bits": 16, "size": 10 * MIB}
    values |= {"encryption": 0, "l1_size": 1, "snapshots": 0, "features": 0, "length": 104} | changes
    header = b"QFI\xfb" + struct.pack(
        ">IQIIQII",
        *(values[key] for key in ("version", "backing_at", "backing_length", "cluster_bits", "size")),
        values["encryption"],
        values["l1_size"],
    )
    header = header.ljust(60, b"\0") + struct.pack(">I", values["snapshots"])
    header = header.ljust(72, b"\0") + struct.pack(">Q", values["features"])
    return header.ljust(100, b"\0") + struct.pack(">I", values["length"])
