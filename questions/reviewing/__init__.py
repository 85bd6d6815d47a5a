"""The review of a bank: approving items, finding lapsed approvals, and a page for reviewers."""
