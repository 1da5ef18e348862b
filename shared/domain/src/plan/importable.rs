//! What somebody needs to be imported, whoever else is there: that they are there, an address, and names.

use super::BlockedReason;
use crate::email::{EmailAddress, EmailError};
use crate::name::PersonName;
use crate::people::{PersonStatus, SourcePerson};
use crate::text::{fits, holds_link, line};

pub(super) fn name_of(person: &SourcePerson) -> PersonName {
    PersonName::new(&person.given_name, &person.family_name)
}

/// The address of somebody of whom the source says that they are there.
pub(super) fn available_address(person: &SourcePerson) -> Result<&EmailAddress, BlockedReason> {
    match &person.status {
        PersonStatus::Active | PersonStatus::Adviser => address(person),
        PersonStatus::Left => Err(BlockedReason::LeftCompany),
        PersonStatus::LoginRemoved => Err(BlockedReason::LoginRemoved),
        PersonStatus::Archived => Err(BlockedReason::Archived),
        PersonStatus::Company => Err(BlockedReason::Company),
        PersonStatus::Unknown(status) => Err(BlockedReason::UnknownStatus { status: status.clone() }),
        PersonStatus::Unread(unread) => Err(BlockedReason::Unread { unread: *unread }),
    }
}

pub(super) fn address(person: &SourcePerson) -> Result<&EmailAddress, BlockedReason> {
    person.email.address().map_err(|error| match error {
        EmailError::Missing => BlockedReason::NoEmail,
        EmailError::Character { .. } | EmailError::DeadDomain | EmailError::Malformed => BlockedReason::MalformedEmail,
    })
}

/// Whether both names are names that GO1 takes: at most `longest` characters each.
pub(super) fn names_are_taken(person: &SourcePerson, longest: usize) -> Result<(), BlockedReason> {
    if line(&person.given_name).is_empty() || line(&person.family_name).is_empty() {
        Err(BlockedReason::NoName)
    } else if !fits(&person.given_name, longest) || !fits(&person.family_name, longest) {
        Err(BlockedReason::NameTooLong { longest })
    } else if name_of(person).holds_address() || holds_link(&person.given_name) || holds_link(&person.family_name) {
        Err(BlockedReason::NameIsAddress)
    } else {
        Ok(())
    }
}
