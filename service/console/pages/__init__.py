"""The pages: one file each; every module here is loaded when the console is mounted."""
