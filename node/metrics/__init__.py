"""Events: what happened, written once."""
