"""Prepares a project for its first server: a key pair, and ssh and icmp allowed by the default group."""

import argparse
import os
from pathlib import Path
from typing import Any

from connection import Service, compute

KEY_NAME = "demo"
ANYWHERE = "0.0.0.0/0"
# protocol, first port or ICMP type, last port or ICMP code
RULES = (("tcp", 22, 22), ("icmp", -1, -1))


def ensure_key(nova: Service, file: Path) -> None:
    """Makes the key pair and keeps its private half in the file; makes it anew when the file is lost."""
    there = nova.get(f"/os-keypairs/{KEY_NAME}", allow=(404,))
    if there and file.exists():
        return
    if there:
        nova.request("DELETE", f"/os-keypairs/{KEY_NAME}")
    file.unlink(missing_ok=True)
    made = nova.post("/os-keypairs", {"keypair": {"name": KEY_NAME}})["keypair"]
    with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as private:
        private.write(made["private_key"])
    print(f"key pair {KEY_NAME}, private key in {file}")


def ensure_rules(nova: Service) -> None:
    """Adds those rules to the group "default" that it does not have."""
    groups = nova.get("/os-security-groups")["security_groups"]
    group = next(group for group in groups if group["name"] == "default")
    there = {_signature(rule) for rule in group["rules"]}
    for protocol, first, last in RULES:
        if (protocol, first, last, ANYWHERE) not in there:
            rule = {
                "parent_group_id": group["id"],
                "ip_protocol": protocol,
                "from_port": first,
                "to_port": last,
                "cidr": ANYWHERE,
            }
            nova.post("/os-security-group-rules", {"security_group_rule": rule})
            print(f"rule {protocol} {first} {last}")


def _signature(rule: dict[str, Any]) -> tuple[str | None, int | None, int | None, str | None]:
    return rule["ip_protocol"], rule["from_port"], rule["to_port"], rule["ip_range"].get("cidr")


def main() -> None:
    """Reads the arguments and prepares the project of the user who logs in."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compute-url", required=True)
    parser.add_argument("--key-file", type=Path, required=True)
    arguments = parser.parse_args()
    nova = compute(arguments.compute_url)
    ensure_key(nova, arguments.key_file)
    ensure_rules(nova)


if __name__ == "__main__":
    main()
