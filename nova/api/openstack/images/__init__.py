"""/images: Glance seen through the Compute API, for clients of microversions up to 2.35 (metadata up to 2.38)."""
