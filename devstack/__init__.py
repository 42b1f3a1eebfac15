"""What `make run` and the tests start where no city's servers are given."""
