"""Pictures of the graph and of plans, made by hand as text: Mermaid, DOT, SVG and HTML. Nothing here loads anything."""
