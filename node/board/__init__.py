"""The machine: clock, service notification, temperature."""
