"""Every figure that the documents quote can be run again: ``make bench``."""
