"""The exact vector index: one matrix product over the vectors that the primary store keeps."""
