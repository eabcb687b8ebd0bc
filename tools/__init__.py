"""Developer and operator tools; may import pure modules of the node."""
