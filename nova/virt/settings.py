"""Options of the drivers."""

from __future__ import annotations

from oslo_config import cfg

from nova.contracts import guest_options, network_options

OPTIONS: dict[str, list[cfg.Opt]] = {
    "DEFAULT": [
        cfg.StrOpt("compute_driver", help="Which hypervisor: libvirt.LibvirtDriver or fake.FakeDriver."),
        cfg.StrOpt("instances_path", default="$state_path/instances", help="Folder that holds one folder per guest."),
        cfg.BoolOpt("use_cow_images", default=True, help="Guests' disks are qcow2 overlays of a shared base."),
        cfg.BoolOpt("force_raw_images", default=True, help="Bases of overlays are kept as raw, whatever the image is."),
        cfg.StrOpt(
            "preallocate_images",
            default="none",
            choices=["none", "space"],
            help="Whether a raw disk takes all of its room on the host at once.",
        ),
        cfg.StrOpt("default_ephemeral_format", help="File system of ephemeral disks; unset: ext4, ntfs for Windows."),
        cfg.StrOpt(
            "config_drive_format",
            default="iso9660",
            choices=["iso9660", "vfat"],
            help="File system of config drives.",
        ),
        cfg.StrOpt(
            "config_drive_skip_versions",
            default="1.0 2007-01-19 2007-03-01 2007-08-29 2007-10-10 2007-12-15 2008-02-01 2008-09-01",
            help="Versions of the EC2 metadata that config drives leave out, separated by spaces.",
        ),
        guest_options.DHCP_DOMAIN,
        guest_options.VENDOR_DATA,
        network_options.FLAT_INTERFACE,
        cfg.StrOpt("mkisofs_cmd", default="genisoimage", help="Program that makes iso9660 file systems."),
        cfg.StrOpt(
            "pointer_model",
            default="usbtablet",
            choices=["ps2mouse", "usbtablet"],
            help="Pointing device of guests whose image asks for none.",
        ),
        cfg.FloatOpt("cpu_allocation_ratio", default=0.0, min=0.0, help="Virtual CPUs per CPU; 0.0 means 16.0."),
        cfg.FloatOpt("ram_allocation_ratio", default=0.0, min=0.0, help="Promised per real memory; 0.0 means 1.5."),
        cfg.FloatOpt("disk_allocation_ratio", default=0.0, min=0.0, help="Promised per real disk; 0.0 means 1.0."),
        cfg.IntOpt("reserved_host_memory_mb", default=512, min=0, help="MiB of memory kept for the host."),
        cfg.IntOpt("reserved_host_disk_mb", default=0, min=0, help="MiB of disk kept for the host."),
    ],
    "libvirt": [
        cfg.StrOpt("connection_uri", default="", help="Where libvirt answers; unset: qemu:///system."),
        cfg.StrOpt("virt_type", default="kvm", choices=["kvm", "qemu"], help="Kind of domains."),
        cfg.StrOpt(
            "cpu_mode",
            choices=["host-model", "host-passthrough", "custom", "none"],
            help="CPU shown to guests; unset: host-model with kvm, none with qemu.",
        ),
        cfg.StrOpt("cpu_model", help="Named CPU model, for cpu_mode custom."),
        cfg.StrOpt(
            "images_type",
            default="default",
            choices=["raw", "flat", "qcow2", "default"],
            help="Format of guests' disks; default follows use_cow_images.",
        ),
        cfg.ListOpt("disk_cachemodes", default=[], help="Cache modes by source, as file=writeback; unset: none."),
        cfg.StrOpt("hw_disk_discard", choices=["ignore", "unmap"], help="What a guest's discard of blocks does."),
        cfg.ListOpt("hw_machine_type", default=[], help="Machine types by architecture, as x86_64=pc."),
        cfg.IntOpt("mem_stats_period_seconds", default=10, help="Seconds between memory statistics; 0: none."),
        cfg.StrOpt("rng_dev_path", default="/dev/urandom", help="Source of the guests' random device; empty: none."),
        cfg.StrOpt(
            "sysinfo_serial",
            default="auto",
            choices=["none", "os", "hardware", "auto", "unique"],
            help="Serial number in the guests' SMBIOS: the host's (os, hardware, auto), the server's (unique), none.",
        ),
        cfg.BoolOpt("use_usb_tablet", default=True, help="Give guests a USB tablet, so that pointers stay in step."),
        cfg.BoolOpt("use_virtio_for_bridges", default=True, help="NICs are virtio where the image does not say."),
        cfg.IntOpt("wait_soft_reboot_seconds", default=120, min=0, help="Seconds a guest has for a soft reboot."),
    ],
    "vnc": [
        cfg.BoolOpt("enabled", default=True, deprecated_name="vnc_enabled", help="Guests have a VNC screen."),
        cfg.StrOpt(
            "vncserver_listen",
            default="127.0.0.1",
            deprecated_name="server_listen",
            help="Address on which guests' VNC servers listen.",
        ),
        cfg.StrOpt(
            "vncserver_proxyclient_address",
            default="127.0.0.1",
            deprecated_name="server_proxyclient_address",
            help="Address by which the console proxies reach this host.",
        ),
        cfg.StrOpt("keymap", default="en-us", help="Keyboard layout of the VNC servers; empty: the client's."),
    ],
    "fake": [
        cfg.StrOpt(
            "state_file", default="", help="File that keeps the fake driver's guests over restarts; empty: none."
        ),
        cfg.IntOpt("vcpus", default=10_000, min=1, help="CPUs that the fake hypervisor offers."),
        cfg.IntOpt("memory_mb", default=8_000_000, min=1, help="MiB of memory that the fake hypervisor offers."),
        cfg.IntOpt("local_gb", default=600_000, min=1, help="GiB of disk that the fake hypervisor offers."),
    ],
}
