"""The files that a learner can download of a run: its numbers, its graph, and a page that plays it offline."""
