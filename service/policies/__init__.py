"""Pure functions; each file is the question it answers. No database, no clock (time is an argument), no HTTP."""
