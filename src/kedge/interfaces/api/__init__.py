"""The REST interface: requests are translated, a workspace does the work, and its answer is translated back."""
