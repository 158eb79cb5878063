"""What has no opinion about what a cloud holds: settings, log, clock, processes, privileges, the daemon's skeleton."""
