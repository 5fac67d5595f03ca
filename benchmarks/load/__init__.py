"""The load test: sessions that behave like learners, with our own servers on this machine."""
