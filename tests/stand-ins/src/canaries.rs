//! The canaries of the fake Xero: values that a test recognises wherever they turn up.

use jiff::Timestamp;

/// The time at which a Xero user was changed, in milliseconds since 1970. Beside the flag of the subscriber it is the only
/// thing that Xero sends of a user without the product needing it.
pub const XERO_USER_CANARY: &str = "1555666555666";

/// The canaries: marked values in everything that Xero sends and that must neither reach GO1 nor be kept. They stand for
/// middle names, birth dates, phones, tax and bank details of employees, for the time at which a Xero user was changed, and
/// for an organisation's address and tax number, and for the name, the numbers and the persons that a contact has. Here they are as Xero sends them; `every_form` has the others.
pub const CANARIES: &[&str] = &[
    "CANARY-MIDDLE",
    "CANARY-GENDER",
    "CANARY-PHONE",
    "CANARY-MOBILE",
    "CANARY-JOB-TITLE",
    "CANARY-ADDRESS",
    "CANARY-TAX-FILE-NUMBER",
    "CANARY-BANK-ACCOUNT",
    // A birth date and a start date, in milliseconds since 1970.
    "333777333777",
    "1444555444555",
    // The first part of the ids of a pay rate and of a payroll calendar.
    "c0ffeeca",
    XERO_USER_CANARY,
    "CANARY-TAX-NUMBER",
    "CANARY-CONTACT-NAME",
    "CANARY-CONTACT-NUMBER",
    "CANARY-CONTACT-PERSON",
];

/// Every text that must not turn up anywhere: [`CANARIES`], and for those that are times also the date and the seconds since
/// 1970, which is how code would write them that has parsed them.
pub(crate) fn every_form() -> Vec<String> {
    let mut canaries: Vec<String> = CANARIES.iter().map(|&canary| canary.to_owned()).collect();
    let times = CANARIES.iter().filter_map(|canary| Timestamp::from_millisecond(canary.parse().ok()?).ok());
    for time in times {
        canaries.push(time.strftime("%Y-%m-%d").to_string());
        canaries.push(time.as_second().to_string());
    }
    canaries
}
