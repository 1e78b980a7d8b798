"""What "this input is absent" means."""
