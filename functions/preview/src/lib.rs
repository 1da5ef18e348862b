//! Lambda: the five courses, the people, and the consequences.
