//! The CSV report: everybody who was read from Xero, and what happened to them.

use std::collections::HashSet;

use axum::extract::{Path, State};
use axum::response::Response;
use domain::audit::AuditAction;
use domain::fault::Fault;
use domain::ids::{EmployeeId, ImportId};
use domain::import::{FailureReason, Import, ImportPerson, Outcome, Progress};
use domain::plan::{Decision, Plan, PlanEntry};
use domain::portal::PortalDomain;
use domain::text::is_invisible;
use http::HeaderMap;
use jiff::SignedDuration;
use visiting::confirmed_tenant;
use web::pages::finished_later;
use web::{Problem, responses, words};

use crate::importer::Importer;
use crate::progress::read;
use crate::standing::require_still_theirs;

/// Not `text/csv`: `lambda_http` decodes text, and that takes the byte-order mark away.
const CONTENT_TYPE: &str = "application/octet-stream";

/// Within this time the trail says only once that somebody downloaded a report.
const DOWNLOADED_AGAIN: SignedDuration = SignedDuration::from_hours(1);

/// The report could not be written. It is written to memory, so this does not happen in practice.
#[derive(Debug, thiserror::Error)]
#[error("the report could not be written")]
struct ReportError(#[source] csv::Error);

impl Fault for ReportError {}

/// `GET /imports/{import}/report.csv`.
pub(crate) async fn download(
    State(importer): State<Importer>,
    headers: HeaderMap,
    Path(id): Path<ImportId>,
) -> Result<Response, Problem> {
    let visitors = &importer.visitors;
    let visitor = visitors.require(&headers).await?;
    let (import, people) = read(&importer, &visitor, &id).await?;
    require_still_theirs(&importer, &visitor).await?;
    if people.is_empty() && import.status.has_ended() {
        return Err(Problem::NamesErased { import: import.id });
    }
    // A plan is kept for a day. Afterwards the report no longer lists the people who could not be imported.
    let (kind, courses, plan) = if import.undoes.is_some() {
        ("undo", "Courses removed", None)
    } else {
        let plan = importer.state.find_plan(&import.tenant, &import.plan).await?;
        ("import", "Courses assigned", plan)
    };
    let tenant = confirmed_tenant(&*importer.state, &visitor).await?;
    let name = file_name(&tenant.organisation.name, kind, &visitor.locale.day_for_files(import.accepted_at));
    let members = match import.undoes {
        None => importer.state.members(&import.portal).await?,
        Some(_) => Vec::new(),
    };
    let finished: HashSet<EmployeeId> =
        finished_later(&people, &members).into_iter().map(|member| member.employee_id.clone()).collect();
    let report = report(&import, &people, &finished, plan.as_ref(), courses).map_err(ReportError)?;
    // It has names and emails, and what is downloaded is out of our hands: no report without a line.
    let downloaded = AuditAction::ReportDownloaded { import: import.id };
    visitors.record_unless_lately(&visitor, downloaded, DOWNLOADED_AGAIN).await?;
    Ok(responses::download(&visitors.site, CONTENT_TYPE, &name, report))
}

/// Whose report it is, of what and of which day: `wattle-grove-books-import-2026-11-23.csv`.
fn file_name(organisation: &str, kind: &str, day: &str) -> String {
    match PortalDomain::suggest(organisation) {
        Some(name) => format!("{}-{kind}-{day}.csv", name.label()),
        None => format!("{kind}-{day}.csv"),
    }
}

/// `finished`: those who failed here, and whom a later import has finished.
fn report(
    import: &Import,
    people: &[ImportPerson],
    finished: &HashSet<EmployeeId>,
    plan: Option<&Plan>,
    courses: &str,
) -> Result<String, csv::Error> {
    let mut report = csv::Writer::from_writer(Vec::new());
    report.write_record(["First name", "Last name", "Email", "Result", "Details", courses])?;
    for person in people {
        let (result, courses) = match &person.outcome {
            Outcome::Waiting => ("Waiting", 0),
            Outcome::Done { enrollments, .. } => ("Imported", *enrollments),
            Outcome::Failed { account: Some(_), enrollments, .. } if import.undoes.is_none() => {
                ("Partly done", *enrollments)
            }
            Outcome::Undone { removed, .. } => ("Undone", *removed),
            Outcome::Failed { enrollments, .. } if import.undoes.is_some() => ("Not undone", *enrollments),
            Outcome::Failed { reason, enrollments, .. } => (result_of(*reason), *enrollments),
        };
        let is_finished = finished.contains(&person.employee_id);
        let result = if is_finished { "Imported since" } else { result };
        let details = if is_finished {
            "A later import finished this person.".to_owned()
        } else {
            words::person_result(person, import)
        };
        let names = (&*person.given_name, &*person.family_name, person.email.as_str());
        write(&mut report, names, result, &details, courses)?;
    }
    let all_places_taken = plan.is_some_and(|plan| {
        let taken = plan.entries.iter().filter(|entry| entry.ticked && entry.decision.takes_place());
        taken.count() == plan.places_left as usize
    });
    let entries = plan.map(|plan| &*plan.entries).unwrap_or_default();
    for entry in entries.iter().filter(|entry| people.iter().all(|person| person.employee_id != entry.employee_id)) {
        let details = match &entry.decision {
            decision if decision.takes_place() && !entry.ticked && all_places_taken => {
                words::over_the_limit().to_owned()
            }
            Decision::Create | Decision::Link { .. } | Decision::Resume { .. } => "Not ticked.".to_owned(),
            Decision::AlreadyMember { .. } => "Imported before.".to_owned(),
            Decision::Blocked { reason } => words::blocked_reason(reason, entry, None),
        };
        write(&mut report, names(entry), "Not imported", &details, 0)?;
    }
    let refused = if import.status.has_ended() { import.refused.clone() } else { import.refused_to(people) };
    if !refused.is_empty() {
        let titles: Vec<_> = refused.iter().map(|course| import.title_of(course).to_owned()).collect();
        let short = Progress::of(people).short;
        report.write_record(["", "", "", "Note", &harmless(&words::refused_courses(&titles, short)), ""])?;
    }
    let bytes = report.into_inner().map_err(|error| csv::Error::from(error.into_error()))?;
    // A byte-order mark, or Excel reads names as Latin-1.
    Ok(format!("\u{feff}{}", String::from_utf8_lossy(&bytes)))
}

fn result_of(reason: FailureReason) -> &'static str {
    match reason {
        FailureReason::Unresolved => "Not certain",
        FailureReason::Stopped => "Stopped",
        _ => "Not imported",
    }
}

fn names(entry: &PlanEntry) -> (&str, &str, &str) {
    (&entry.given_name, &entry.family_name, entry.email.text().unwrap_or_default())
}

fn write(
    report: &mut csv::Writer<Vec<u8>>,
    (given_name, family_name, email): (&str, &str, &str),
    result: &str,
    details: &str,
    courses: usize,
) -> Result<(), csv::Error> {
    let cells = [given_name, family_name, email, result, details, &courses.to_string()].map(harmless);
    report.write_record(&cells)
}

/// What a spreadsheet may take for the end of a cell, by its country's settings.
const SEPARATORS: [char; 6] = [';', ',', '|', '\t', '\r', '\n'];

/// A cell that no spreadsheet runs: one that begins like a formula gets an apostrophe before it, also where it would
/// begin anew behind another country's separator (OWASP, "CSV Injection").
fn harmless(cell: &str) -> String {
    let mut safe = String::with_capacity(cell.len());
    for part in cell.split_inclusive(SEPARATORS) {
        if begins_like_a_formula(part) {
            safe.push('\'');
        }
        safe.push_str(part);
    }
    safe
}

/// Whether the first character that somebody sees begins a formula. Spreadsheets of East Asia take the full-width ones as
/// well. A quotation mark may be one of the file's own to a spreadsheet with another separator, so it is not seen either.
fn begins_like_a_formula(part: &str) -> bool {
    let first = part.chars().find(|character| {
        !character.is_whitespace() && !is_invisible(*character) && !matches!(character, '"' | '“' | '”' | '＂')
    });
    first.is_some_and(|first| {
        matches!(first, '=' | '+' | '-' | '@' | '＝' | '＋' | '－' | '＠' | '﹦' | '﹢' | '﹣' | '﹫')
    })
}

#[cfg(test)]
mod tests {
    use domain::email::EmailAddress;
    use domain::import::PersonTask;

    use super::*;

    #[test]
    fn a_report_is_named_by_whose_it_is_and_by_its_day() {
        let name = file_name("Harbour & Hearth Hospitality", "import", "2026-11-23");
        assert_eq!(name, "harbour-hearth-hospitality-import-2026-11-23.csv");
        assert_eq!(file_name("日本", "undo", "2026-11-23"), "undo-2026-11-23.csv");
    }

    fn person(given_name: &str, outcome: Outcome) -> ImportPerson {
        ImportPerson {
            employee_id: given_name.into(),
            given_name: given_name.to_owned(),
            family_name: "O\"Neil, Jr".to_owned(),
            email: EmailAddress::parse("ann@example.com").expect("valid"),
            task: PersonTask::Create,
            batch: 0,
            outcome,
        }
    }

    #[test]
    fn what_only_looks_like_a_text_before_it_is_a_formula_is_none_either() {
        for (cell, safe) in [
            ("\u{FF1D}1+1", "'\u{FF1D}1+1"),
            ("\u{200B}=1+1", "'\u{200B}=1+1"),
            (" \u{FEFF}@SUM(A1)", "' \u{FEFF}@SUM(A1)"),
            ("Ann;=1+1", "Ann;'=1+1"),
            ("Ann\t\u{FF20}x", "Ann\t'\u{FF20}x"),
            ("x;\"=1+1;", "x;'\"=1+1;"),
            ("\"\" =1+1", "'\"\" =1+1"),
            ("O'Neil, Jr; Anne-Marie", "O'Neil, Jr; Anne-Marie"),
            ("Ann \"Annie\" Lee; \"Lee\"", "Ann \"Annie\" Lee; \"Lee\""),
            ("", ""),
        ] {
            assert_eq!(harmless(cell), safe, "{cell:?}");
        }
    }

    #[test]
    fn no_cell_is_a_formula_and_every_cell_comes_back() {
        let people = [
            person("=HYPERLINK(\"x\")", Outcome::Waiting),
            person("@SUM(A1)", Outcome::failed(FailureReason::PortalFull)),
            person(
                "Zoë",
                Outcome::Done {
                    account: "1".into(),
                    created: true,
                    enrollments: 5,
                    assigned: Vec::new(),
                    match_by_time: false,
                    refused: Vec::new(),
                },
            ),
        ];
        let report =
            report(&domain::samples::import(), &people, &HashSet::new(), None, "Courses assigned").expect("written");
        let text = report.strip_prefix('\u{feff}').expect("a byte-order mark");
        let rows: Vec<_> =
            csv::Reader::from_reader(text.as_bytes()).into_records().map(|row| row.expect("a row")).collect();
        assert_eq!(rows.len(), 3);
        for row in &rows {
            assert!(row.iter().all(|cell| !cell.starts_with(['=', '+', '-', '@'])), "{row:?}");
            assert_eq!(&row[1], "O\"Neil, Jr");
        }
        assert_eq!(&rows[2][0], "Zoë");
        assert_eq!(&rows[2][5], "5");
    }
}
