//! The sign-up: the form, the organisation, what Xero still wants, and disconnecting.

use domain::arrival::PortalArrival;
use domain::country::Country;
use domain::existing_portal::ExistingPortal;
use domain::sign_up::SignUpDetails;
use jiff::SignedDuration;
use web::SavedDetails;
use web::pages::{
    CameFrom, DisconnectPage, MorePermissionPage, NotTaken, OrganisationChoice, OrganisationPage, OrganisationsPage,
    PayrollRolePage, SignUpPage, Step,
};
use web::sign_up_form::{SignUpErrors, SignUpForm};

use super::common::{HOSTILE, Sample, after_saving, domain, locale, now, page, refused, token, under_way};

pub(super) fn all() -> Vec<Sample> {
    let mut samples = sign_up();
    samples.extend(editing());
    samples.extend(organisations());
    samples.extend(permissions());
    samples.extend(disconnecting());
    samples
}

fn filled_in() -> SignUpForm {
    SignUpForm {
        form_token: token(),
        given_name: "Olivia".to_owned(),
        family_name: "Hartley".to_owned(),
        email: "olivia.hartley@example.com".to_owned(),
        company: "Harbour & Hearth Hospitality".to_owned(),
        country: "AU".to_owned(),
        portal: "harbour-hearth".to_owned(),
        industry: "Accommodation and Food Services".to_owned(),
        ..SignUpForm::default()
    }
}

/// The form opened again, at each step from which it can be, and what stands above the next page once it is saved.
fn editing() -> Vec<Sample> {
    let on = || Some("on".to_owned());
    let accepted = SignUpForm { accept_terms: on(), accept_collection: on(), editing: on(), ..filled_in() };
    let details = accepted.validate().expect("good");
    let with = |form: SignUpForm, step| SignUpPage {
        form_token: token(),
        errors: form.validate().err().unwrap_or_default(),
        form,
        from: CameFrom::Unknown,
        editing: Some(step),
        under_way: None,
        not_taken: None,
    };
    let saved = |names| SavedDetails::told(names, &details).expect("names of details");
    let hostile = SignUpDetails { company: HOSTILE.to_owned(), ..details.clone() };
    let hostile = SavedDetails::told("company", &hostile).expect("names of details");
    let confirm = OrganisationPage {
        form_token: token(),
        organisation: candidate("Harbour & Hearth Hospitality", "AU"),
        connecting: None,
    };
    vec![
        under_way("account-details", &with(accepted.clone(), Step::People)),
        under_way("account-details-at-courses", &with(accepted.clone(), Step::Courses)),
        under_way("account-details-at-organisation", &with(accepted.clone(), Step::Organisation)),
        refused(
            "account-details-errors",
            &with(SignUpForm { portal: "-".to_owned(), ..accepted.clone() }, Step::People),
        ),
        under_way("account-details-at-xero", &with(accepted, Step::Xero)),
        after_saving("organisation-details-saved-hostile", &confirm, hostile),
        after_saving("organisation-details-saved", &confirm, saved("name-email-company-country-industry-portal")),
        after_saving("organisation-details-as-before", &confirm, saved("")),
    ]
}

fn sign_up() -> Vec<Sample> {
    let filled = filled_in();
    let from_xero =
        |company, country| SignUpForm::prefilled("Olivia", "Hartley", "olivia.hartley@example.com", company, country);
    let wrong =
        SignUpForm { email: "olivia@harbour".to_owned(), portal: "Harbour & Hearth".to_owned(), ..filled.clone() };
    let on = || Some("on".to_owned());
    let email = "olivia.hartley@example.con".to_owned();
    let slip = SignUpForm { email, accept_terms: on(), accept_collection: on(), ..filled.clone() };
    let hostile = SignUpForm {
        given_name: HOSTILE.to_owned(),
        family_name: HOSTILE.to_owned(),
        email: HOSTILE.to_owned(),
        company: HOSTILE.to_owned(),
        country: HOSTILE.to_owned(),
        portal: HOSTILE.to_owned(),
        industry: HOSTILE.to_owned(),
        ..SignUpForm::default()
    };
    let with = |form: SignUpForm, is_from_xero| {
        let errors = form.validate().err().unwrap_or_default();
        let from = if is_from_xero { CameFrom::Xero } else { CameFrom::Unknown };
        SignUpPage { form_token: token(), form, errors, from, editing: None, under_way: None, not_taken: None }
    };
    let fresh = |form, is_from_xero| SignUpPage { errors: SignUpErrors::default(), ..with(form, is_from_xero) };
    let arrival = |text: &str| PortalArrival {
        portal: ExistingPortal {
            portal: "1".into(),
            domain: domain(),
            account: "2".into(),
            since: jiff::Timestamp::UNIX_EPOCH,
            tenant: None,
        },
        company: text.to_owned(),
        given_name: text.to_owned(),
        family_name: text.to_owned(),
        email: format!("{text}@example.com"),
    };
    let connecting = |arrival: &PortalArrival, is_sent: bool| {
        let form = SignUpForm::of_administrator(arrival);
        let errors = form.validate_for(arrival).err().filter(|_| is_sent).unwrap_or_default();
        SignUpPage { errors, from: CameFrom::Portal(domain()), ..fresh(form, false) }
    };
    let not_taken = |why| SignUpPage { not_taken: Some(why), ..fresh(filled.clone(), false) };
    let before = NotTaken::SentBefore { next_path: "/organisations".to_owned() };
    let instead = SignUpForm { new_portal: Some("on".to_owned()), ..SignUpForm::of_administrator(&arrival("Olivia")) };
    vec![
        page("sign-up", &fresh(SignUpForm::default(), false)),
        page(
            "sign-up-from-xero",
            &fresh(from_xero(Some("Harbour & Hearth Hospitality"), Some(Country::Australia)), true),
        ),
        page("sign-up-from-xero-without-organisation", &fresh(from_xero(None, None), true)),
        refused("sign-up-from-xero-errors", &with(from_xero(None, None), true)),
        page("sign-up-connecting", &connecting(&arrival("Olivia"), false)),
        refused("sign-up-connecting-errors", &connecting(&arrival("Olivia"), true)),
        refused("sign-up-connecting-hostile", &connecting(&arrival(HOSTILE), true)),
        page("sign-up-new-portal-instead", &fresh(instead, false)),
        refused("sign-up-errors", &with(wrong, false)),
        refused("sign-up-email-asked", &with(slip, false)),
        refused("sign-up-all-errors", &with(SignUpForm::default(), false)),
        refused("sign-up-no-cookie", &not_taken(NotTaken::NoCookie)),
        refused("sign-up-outdated", &not_taken(NotTaken::Outdated)),
        refused("sign-up-sent-before", &not_taken(before)),
        refused("sign-up-hostile", &with(hostile, false)),
    ]
}

fn candidate(name: &str, country: &str) -> OrganisationChoice {
    OrganisationChoice {
        tenant: name.to_lowercase().replace(' ', "-").as_str().into(),
        name: name.to_owned(),
        country: Some(country.to_owned()),
        differences: Vec::new(),
    }
}

fn organisations() -> Vec<Sample> {
    let several = vec![
        candidate("Harbour & Hearth Hospitality", "AU"),
        candidate("Wattle Grove Books", "AU"),
        candidate("Thornbury Ceramics", "GB"),
        candidate("Bluegum Analytics", "AU"),
        candidate("Paperbark Studio", "AU"),
    ];
    let told_apart = |kind: &str, code: &str, at| OrganisationChoice {
        tenant: code.into(),
        differences: vec![
            kind.to_owned(),
            format!("Xero’s code {code}"),
            format!("connected on {}", locale().moment(at)),
        ],
        ..candidate("Wattle Grove Books", "AU")
    };
    let of_one_name = vec![
        told_apart("Trial", "!wgb2x", now()),
        told_apart("Demo company", HOSTILE, now() + SignedDuration::from_hours(11)),
    ];
    let chooser = |organisations, nothing_chosen| OrganisationsPage {
        form_token: token(),
        organisations,
        connecting: None,
        nothing_chosen,
    };
    let confirm = |organisation| OrganisationPage { form_token: token(), organisation, connecting: None };
    let connecting = Some(domain());
    vec![
        page("organisation", &confirm(candidate("Harbour & Hearth Hospitality", "AU"))),
        page("organisation-hostile", &confirm(candidate(HOSTILE, "US"))),
        page(
            "organisation-connecting",
            &OrganisationPage { connecting: connecting.clone(), ..confirm(candidate("Wattle Grove Books", "AU")) },
        ),
        page("organisations", &chooser(several.clone(), false)),
        page("organisations-connecting", &OrganisationsPage { connecting, ..chooser(several.clone(), false) }),
        page("organisations-of-one-name", &chooser(of_one_name, false)),
        refused("organisations-none-chosen", &chooser(several, true)),
        page(
            "organisations-all-unsupported",
            &chooser(
                vec![candidate("Thornbury Ceramics", "GB"), candidate(HOSTILE, HOSTILE), candidate("Nowhere", "")],
                false,
            ),
        ),
    ]
}

fn permissions() -> Vec<Sample> {
    let more = |organisation: &str| MorePermissionPage { organisation: organisation.to_owned() };
    let role = |organisation: &str, portal_exists| PayrollRolePage {
        form_token: token(),
        organisation: organisation.to_owned(),
        portal_exists,
    };
    vec![
        page("more-permission", &more("Wattle Grove Books")),
        page("more-permission-hostile", &more(HOSTILE)),
        page("payroll-role", &role("Wattle Grove Books", false)),
        page("payroll-role-hostile", &role(HOSTILE, false)),
        page("payroll-role-portal", &role("Wattle Grove Books", true)),
    ]
}

fn disconnecting() -> Vec<Sample> {
    let with = |organisation: &str, portal: Option<&str>, disconnected| DisconnectPage {
        form_token: token(),
        connected_at: now(),
        organisation: organisation.to_owned(),
        portal: portal.map(str::to_owned),
        disconnected,
    };
    let (organisation, portal) = ("Harbour & Hearth Hospitality", Some("harbour-hearth.mygo1.com"));
    vec![
        page("disconnect", &with(organisation, portal, None)),
        page("disconnect-without-portal", &with(organisation, None, None)),
        page("disconnect-hostile", &with(HOSTILE, Some(HOSTILE), None)),
        page("disconnected", &with(organisation, portal, Some(true))),
        page("disconnected-without-portal", &with(organisation, None, Some(true))),
        page("disconnected-here-only", &with(organisation, portal, Some(false))),
        page("disconnected-hostile", &with(HOSTILE, Some(HOSTILE), Some(true))),
    ]
}
