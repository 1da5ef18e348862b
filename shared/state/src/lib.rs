//! What we keep: one narrow trait per need, on DynamoDB and in memory.
