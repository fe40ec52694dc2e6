"""What people do to stop payments beside the nine steps: hold them, or withdraw them while that is still possible."""
