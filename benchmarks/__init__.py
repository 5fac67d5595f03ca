"""The benchmarks of `make bench`: medians, 95th percentiles and ratios of one run, without assertions."""
