"""What `tests/load/run` is made of: servers, slices of load, pairs of routes, tables, modes."""
