"""Who may do what: tokens that let programs in, and the workspaces of teams."""
