"""What is done with tasks and projects: the handlers of the operations table, a file for each family."""
