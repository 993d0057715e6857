"""What is particular to each PBX: data first, then at most two rewrites."""
