"""The state machine: random work on two ledgers in lockstep, foreseen by the model on paper."""
