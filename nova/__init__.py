"""An infrastructure-as-a-service controller: people ask an HTTP API for servers, and these daemons make them exist."""

from nova.base import lean

lean.leave_out()
