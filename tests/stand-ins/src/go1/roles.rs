//! The roles of people in portals.

// The ids of the roles, which are the same in every portal.
pub const LEARNER: &str = "rol_01G3PZS7NZ0CF95J340P55FSZH";
pub const MANAGER: &str = "rol_01G3PZS7NZBW04V44QBM48PP0C";
pub const CONTENT_ADMINISTRATOR: &str = "rol_01G3PZS7NXC78RP57SG0EXD0Z5";
pub const ADMINISTRATOR: &str = "rol_01G3PZS7NCBKB170TEP3CC2BBH";
pub const ASSESSOR: &str = "rol_01G3PZS7NY0579J21R4WB52HKJ";

pub(crate) const ROLES: &[(&str, &str)] = &[
    (LEARNER, "Learner"),
    (MANAGER, "Manager"),
    (CONTENT_ADMINISTRATOR, "Content administrator"),
    (ADMINISTRATOR, "Administrator"),
    (ASSESSOR, "Assessor"),
];

/// The name of a role as people see it.
pub(crate) fn role_name(guid: &str) -> &'static str {
    ROLES.iter().find(|(known, _)| *known == guid).map_or("Unknown role", |(_, name)| name)
}
