"""What happens to a prediction when parts of its input are covered."""
