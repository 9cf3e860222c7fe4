"""Long work: leases that keep it single, and the runs it leaves behind."""
