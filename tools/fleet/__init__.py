"""The fleet tool: the controller of many nodes, its command line and its console."""
