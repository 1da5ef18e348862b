//! Lambda: makes GO1 users and enrollments for batches of people.
