"""Gets the model files that no wheel of ours brings, and proves each before it is used."""
