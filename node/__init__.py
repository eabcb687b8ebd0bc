"""The live-sell node: one box that turns a market booth into a live shop that runs itself."""
