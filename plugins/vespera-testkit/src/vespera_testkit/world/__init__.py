"""What suites work on: a clock that is moved by hand, tasks, opened stores, and ledgers on them."""
