"""The categories of nova-manage, one file each: `add` declares its commands, a function runs each."""
