"""The kit itself: it bites, it cannot be weakened, and it tells what it saw."""
