"""Reports: the evidence as typed data, and its renderings as JSON, terminal table and HTML."""
