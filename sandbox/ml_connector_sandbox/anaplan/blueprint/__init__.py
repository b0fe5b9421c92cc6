"""The documented model, in parts: loads of masters and documents, planning, and what calculates."""
