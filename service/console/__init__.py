"""The staff console: NiceGUI pages over `service/desk` and its neighbours. It has no rules of its own."""
