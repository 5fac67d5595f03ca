"""The load test: sessions that behave like learners, against servers of ours on this machine."""
