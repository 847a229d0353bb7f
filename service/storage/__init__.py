"""Everything durable: tables, the database with its transactions, and one module of statements per thing stored."""
