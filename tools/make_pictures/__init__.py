"""Takes the README's pictures of the pages, with the demo on air."""
