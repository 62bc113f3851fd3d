"""The figures of the paper, made again: Nigenda et al., Amazon SageMaker Model Monitor, KDD 2022."""
