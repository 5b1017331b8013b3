"""Network: what every transport holds to that is reached over one."""
