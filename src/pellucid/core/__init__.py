"""What every part of pellucid shares: results, receipts, targets, tables, methods, forests."""
