"""Parts of the pages about models: a training as it goes, one version, its comparison with another."""
