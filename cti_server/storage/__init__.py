"""Journal, snapshots, parties, projections and queries; the only room with SQL."""
