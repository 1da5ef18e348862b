//! Pages, sessions, forms, errors and assets.
