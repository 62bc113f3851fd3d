"""What calls others for somebody: connections to addresses that were looked at before."""
