"""Helpers of the reliability suites: doses, forked processes, recording engines and checkers."""
