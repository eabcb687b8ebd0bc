"""The verbs of `fleet`, a client of the controller's HTTP face."""
