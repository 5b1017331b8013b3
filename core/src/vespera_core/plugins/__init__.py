"""Finding, loading and calling plugins: stevedore finds, pluggy calls, a registry selects."""
