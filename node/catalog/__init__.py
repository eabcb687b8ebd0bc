"""Products, prices and the words that may be said of them."""
