//! Xero's names of time zones, for the two countries.

/// The IANA name of one of Xero's time zones
/// (<https://developer.xero.com/documentation/api/accounting/types#timezones>), where it is one of Australia's or the
/// United States'.
pub fn iana_timezone(xero: &str) -> Option<&'static str> {
    Some(match xero {
        "AUSEASTERNSTANDARDTIME" => "Australia/Sydney",
        "EAUSTRALIASTANDARDTIME" => "Australia/Brisbane",
        "TASMANIASTANDARDTIME" => "Australia/Hobart",
        "CENAUSTRALIASTANDARDTIME" => "Australia/Adelaide",
        "AUSCENTRALSTANDARDTIME" => "Australia/Darwin",
        "WAUSTRALIASTANDARDTIME" => "Australia/Perth",
        "AUSCENTRALWSTANDARDTIME" => "Australia/Eucla",
        "LORDHOWESTANDARDTIME" => "Australia/Lord_Howe",
        "EASTERNSTANDARDTIME" => "America/New_York",
        "USEASTERNSTANDARDTIME" => "America/Indiana/Indianapolis",
        "CENTRALSTANDARDTIME" => "America/Chicago",
        "MOUNTAINSTANDARDTIME" => "America/Denver",
        "USMOUNTAINSTANDARDTIME" => "America/Phoenix",
        "PACIFICSTANDARDTIME" => "America/Los_Angeles",
        "ALASKANSTANDARDTIME" => "America/Anchorage",
        "ALEUTIANSTANDARDTIME" => "America/Adak",
        "HAWAIIANSTANDARDTIME" => "Pacific/Honolulu",
        _ => return None,
    })
}
