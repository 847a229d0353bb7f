"""From labelled messages to a model: data, fitting, evaluation, benchmarks."""
