"""What happens when: jobs that learn and jobs that check, over ports only."""
