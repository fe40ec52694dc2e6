"""Facts and decisions only: nothing here does I/O, reads a clock, makes an id, or knows a message format."""
