"""Pictures: Graph -> DOT -> Graphviz -> SVG, and Tape -> Plotly figures. Knows graphviz and plotly, no torch."""
