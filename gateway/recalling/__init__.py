"""Recalls beside the nine steps: asked for by two people, carried to the bank, and what the bank says of them."""
