"""HTTP towards others: the client, what it gets back, its deadline and its addresses."""
