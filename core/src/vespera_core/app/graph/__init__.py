"""The graph: what tasks hang on, what that costs, and when the work will be done."""
