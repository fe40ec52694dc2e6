"""Evidence packs: everything the hub knows of a batch or a payment in one file that can be checked without the hub."""
