"""Journeys as pure data: typed nodes, what may be written, the graph, the next step. The standard library only."""
