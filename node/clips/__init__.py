"""Short-drama files as program frames and sound."""
