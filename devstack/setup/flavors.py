"""Makes the default flavors that are missing."""

import argparse

from connection import compute

# name, id, memory in MB, virtual CPUs, root disk in GB
FLAVORS = (
    ("m1.tiny", "1", 512, 1, 1),
    ("m1.small", "2", 2048, 1, 20),
    ("m1.medium", "3", 4096, 2, 40),
    ("m1.large", "4", 8192, 4, 80),
    ("m1.xlarge", "5", 16384, 8, 160),
    # For the test guest, which is small.
    ("m1.nano", "42", 128, 1, 1),
    ("m1.micro", "84", 256, 1, 1),
)


def main() -> None:
    """Reads the arguments and makes the flavors."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compute-url", required=True)
    nova = compute(parser.parse_args().compute_url)
    there = {flavor["id"] for flavor in nova.get("/flavors?is_public=None&limit=1000")["flavors"]}
    for name, flavor_id, ram, vcpus, disk in FLAVORS:
        if flavor_id not in there:
            flavor = {"name": name, "id": flavor_id, "ram": ram, "vcpus": vcpus, "disk": disk}
            nova.post("/flavors", {"flavor": flavor})
            print(f"made {name}")


if __name__ == "__main__":
    main()
