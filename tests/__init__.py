"""A package in its own right: a library that installs one of the same name must not stand before it."""
