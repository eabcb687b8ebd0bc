"""The verbs of the livesell command."""
