"""What a message says: preparation, entities, encoders, the committee, the artifact. Knows no database and no web."""
