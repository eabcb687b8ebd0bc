"""Hand-written stand-ins for the parts of the node."""
