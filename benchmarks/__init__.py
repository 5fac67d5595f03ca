"""What `make bench` measures: medians, 95th percentiles and ratios of one run; nothing is asserted."""
