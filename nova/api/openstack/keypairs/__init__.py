"""/os-keypairs: public keys that servers let in."""
