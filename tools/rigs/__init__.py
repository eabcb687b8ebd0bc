"""Stand-ins for boards: real device interfaces on a machine that has no devices."""
