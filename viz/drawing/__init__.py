"""Draws graphs as SVG with Graphviz, and the series of a tape as Plotly figures; without torch."""
