"""Boots the demo server and waits for it, or deletes all servers of the cloud."""

import argparse
import sys
import time
from functools import partial
from pathlib import Path
from typing import Any

from connection import Service, compute, give_up, wait_for

BOOT_SECONDS = 180
DELETE_SECONDS = 60
# remote-consoles exist since this microversion.
CONSOLE_MICROVERSION = "2.6"


def image_id(image_url: str, name: str) -> str:
    """Returns the id of the newest image of this name."""
    found = Service(f"{image_url}/v2").get(f"/images?name={name}&sort=created_at:desc")["images"]
    if not found:
        give_up(f"there is no image {name}")
    return str(found[0]["id"])


def flavor_id(nova: Service, name: str) -> str:
    """Returns the id of the flavor of this name."""
    found = [flavor["id"] for flavor in nova.get("/flavors")["flavors"] if flavor["name"] == name]
    if not found:
        give_up(f"there is no flavor {name}")
    return str(found[0])


def find_server(nova: Service, name: str) -> dict[str, Any] | None:
    """Returns the project's server of exactly this name."""
    for server in nova.get(f"/servers/detail?name=^{name}$")["servers"]:
        if server["name"] == name:
            return dict(server)
    return None


def ensure_server(nova: Service, arguments: argparse.Namespace) -> dict[str, Any]:
    """Returns the server in state ACTIVE; a stopped one is started, a broken one replaced."""
    server = find_server(nova, arguments.name)
    if server and (server["status"] == "ERROR" or (server["status"] == "SHUTOFF" and not starts(nova, server["id"]))):
        print(f"{arguments.name} is broken: another takes its place")
        delete(nova, [server["id"]])
        server = None
    if not server:
        body = {
            "name": arguments.name,
            "imageRef": image_id(arguments.image_url, arguments.image),
            "flavorRef": flavor_id(nova, arguments.flavor),
            "key_name": arguments.key,
        }
        server = nova.post("/servers", {"server": body})["server"]
    return wait_active(nova, str(server["id"]))


def starts(nova: Service, server_id: str) -> bool:
    """Starts a stopped server; whether that succeeded."""
    nova.post(f"/servers/{server_id}/action", {"os-start": None})

    def settled() -> str:
        server = nova.get(f"/servers/{server_id}")["server"]
        return "" if server["OS-EXT-STS:task_state"] else str(server["status"])

    return bool(wait_for(f"server {server_id} to start", BOOT_SECONDS, settled) == "ACTIVE")


def wait_active(nova: Service, server_id: str) -> dict[str, Any]:
    """Waits for ACTIVE, telling each state on the way; gives up with the fault when the server fails."""
    began = time.monotonic()
    seen = set()

    def active() -> dict[str, Any] | None:
        server: dict[str, Any] = nova.get(f"/servers/{server_id}")["server"]
        state = (server["status"], server.get("OS-EXT-STS:task_state"))
        if state not in seen:
            seen.add(state)
            print(f"{time.monotonic() - began:5.1f} s  {state[0]} {state[1] or ''}", flush=True)
        if server["status"] == "ERROR":
            give_up(f"server {server_id} failed: {server.get('fault', {}).get('message', 'no fault given')}")
        return server if server["status"] == "ACTIVE" else None

    return dict(wait_for(f"server {server_id} in state ACTIVE", BOOT_SECONDS, active))


def delete(nova: Service, server_ids: list[str]) -> None:
    """Deletes the servers and waits until they are gone."""
    for server_id in server_ids:
        nova.request("DELETE", f"/servers/{server_id}", allow=(404,))
    for server_id in server_ids:
        wait_for(f"the end of server {server_id}", DELETE_SECONDS, partial(_is_gone, nova, server_id))


def _is_gone(nova: Service, server_id: str) -> bool:
    return nova.get(f"/servers/{server_id}", allow=(404,)) is None


def first_address(server: dict[str, Any]) -> str:
    """Returns the first fixed address of the server."""
    found = [address["addr"] for addresses in server["addresses"].values() for address in addresses]
    if not found:
        give_up(f"server {server['id']} has no address")
    return str(found[0])


def console_url(compute_url: str, server_id: str) -> str:
    """Returns an address that shows the screen of the server, once."""
    body = {"remote_console": {"protocol": "vnc", "type": "novnc"}}
    answer = compute(compute_url, CONSOLE_MICROVERSION).post(f"/servers/{server_id}/remote-consoles", body)
    return str(answer["remote_console"]["url"])


def arguments_given() -> argparse.Namespace:
    """Returns the command line, checked."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--compute-url", required=True)
    parser.add_argument("--image-url")
    parser.add_argument("--name")
    parser.add_argument("--image")
    parser.add_argument("--flavor")
    parser.add_argument("--key")
    parser.add_argument("--console", action="store_true", help="ask for a console address too")
    parser.add_argument("--write", type=Path, help="file for id, address and console of the server")
    parser.add_argument("--delete-all", action="store_true", help="delete the servers of all projects instead")
    return parser.parse_args()


def main() -> None:
    """Reads the arguments and does what they say."""
    arguments = arguments_given()
    nova = compute(arguments.compute_url)
    if arguments.delete_all:
        servers = nova.get("/servers?all_tenants=1&limit=1000")["servers"]
        delete(nova, [server["id"] for server in servers])
        sys.exit(0)
    server = ensure_server(nova, arguments)
    facts = {"id": server["id"], "address": first_address(server)}
    if arguments.console:
        facts["console"] = console_url(arguments.compute_url, server["id"])
    arguments.write.write_text("".join(f"{key}={value}\n" for key, value in facts.items()))


if __name__ == "__main__":
    main()
