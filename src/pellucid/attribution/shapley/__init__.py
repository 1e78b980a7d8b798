"""Shapley values: the fair division of a prediction among its inputs."""
