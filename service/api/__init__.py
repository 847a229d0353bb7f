"""HTTP: routers, schemas, error handlers. Rules live elsewhere; here they are only spoken."""
