"""From a register's file to rows ready for the database: sheet, normalisation, staging, comparison."""
