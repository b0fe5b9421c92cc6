"""The ledger's schema, step by step; run by `ml_connector.ledger._migrate`."""
