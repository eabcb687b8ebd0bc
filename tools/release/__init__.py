"""Makes signed releases of the node's software, for boards to install without a network."""
