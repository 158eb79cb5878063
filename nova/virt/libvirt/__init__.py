"""QEMU by libvirt. `driver.py` keeps the promise; `domain_xml.py` says what a guest is, `disks.py` writes its files."""
