"""Cards, lower thirds, labels and slates, drawn once and laid over the program."""
