"""The controller's HTTP face: what the command line and the console ask and order."""
