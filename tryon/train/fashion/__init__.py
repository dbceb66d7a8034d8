"""Training of FashionFlow and X2Fashion: see README.md."""
