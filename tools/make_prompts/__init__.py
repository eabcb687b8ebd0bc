"""Records what a day will say, ahead of it, with a better voice than the board has time for."""
