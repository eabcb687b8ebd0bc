"""The outside world commands the node: MQTT, its contract and what obeys it."""
