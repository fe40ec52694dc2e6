"""The hub: takes batches in, has them approved, carries them to the banks, reads the answers, tells the ERP."""

__version__ = "0.1.0"
