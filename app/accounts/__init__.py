"""Who: people, sessions, tokens, invitations, memberships, notifications."""
