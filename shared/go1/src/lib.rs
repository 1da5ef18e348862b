//! The GO1 client: portals, user accounts, enrollments, learning objects.
