//! Confirms an import of exactly what was shown, once; or skips it and creates the portal without people.

use axum::body::Bytes;
use axum::extract::State;
use axum::response::Response;
use domain::audit::AuditAction;
use domain::fault::Causes;
use domain::ids::EmployeeId;
use domain::import::{Import, ImportStatus, Ticks};
use domain::plan::{Plan, Selection, SelectionRefused};
use domain::portal::Portal;
use domain::sign_up::{REQUEST_IN_FLIGHT, SignUp};
use domain::tenant::Tenant;
use http::HeaderMap;
use jiff::Timestamp;
use planning::{PEOPLE, keep_obstacle, keep_shown, keep_ticks, may_import};
use state::{AcceptRefused, StateError};
use visiting::{CLOCKS_DIFFER, CountedOf, Deed, Visitor, confirmed_tenant};
use web::Problem;
use web::forms::{ImportForm, LookForm, parse};
use web::pages::PeopleNotice;
use web::responses::see_other;

use crate::importer::Importer;
use crate::portal::{PortalAnswer, provide};
use crate::standing::require_in_organisation;

/// `POST /imports`.
pub(crate) async fn confirm(
    State(importer): State<Importer>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let visitors = &importer.visitors;
    let form: ImportForm = parse(&body)?;
    let visitor = visitors.require_press(&headers, &form.form_token).await?;
    let tenant = confirmed_tenant(&*importer.state, &visitor).await?;
    let Some(plan) = importer.state.find_plan(&tenant.organisation.tenant, &form.plan).await? else {
        // A plan is kept for a day. Without it nothing can be confirmed, so a new one is made.
        return Ok(see_other("/preview"));
    };
    if let Some(existing) = confirmed_before(&importer, &visitor, &plan).await? {
        return same_import(&importer, visitor, &existing, &plan, &form.people).await;
    }
    // Whatever comes of the press, the list is shown again as it was left.
    let plan = keep_ticks(&*importer.state, plan, &form.people).await?;
    let selection = match Selection::check(&plan, &form.people) {
        Ok(selection) => selection,
        Err(refused) => return show_again(&importer, visitor, &plan, refused).await,
    };
    let pressed_at = visitors.clock.now();
    may_import(&importer.planner, visitors, &visitor, &tenant).await?;
    if !plan.is_fresh(pressed_at)
        && let Some(look_again) = changed_since(&importer, &visitor, &tenant, &plan).await?
    {
        return Ok(look_again);
    }
    let (visitor, portal) = match provide(&importer, visitor, &tenant).await? {
        PortalAnswer::Portal(visitor, portal) => (visitor, portal),
        PortalAnswer::ChooseAddress(answer) => return Ok(answer),
    };
    accept(&importer, *visitor, &portal, (&plan, pressed_at), &selection).await
}

/// `POST /imports/skip`.
pub(crate) async fn skip(
    State(importer): State<Importer>,
    headers: HeaderMap,
    body: Bytes,
) -> Result<Response, Problem> {
    let form: LookForm = parse(&body)?;
    let visitor = importer.visitors.require_press(&headers, &form.form_token).await?;
    let tenant = confirmed_tenant(&*importer.state, &visitor).await?;
    if let Some(plan) = &form.plan
        && let Some(plan) = importer.state.find_plan(&tenant.organisation.tenant, plan).await?
    {
        // Where another address is to be chosen first, the list is shown again as it was left.
        keep_ticks(&*importer.state, plan, &form.people).await?;
    }
    let had_portal = visitor.sign_up.portal().is_some();
    if !had_portal {
        // Nothing was read that Xero would have been asked for, and GO1 mails whoever administers the portal.
        require_in_organisation(&importer, &visitor, &tenant).await?;
    }
    match provide(&importer, visitor, &tenant).await? {
        PortalAnswer::ChooseAddress(answer) => Ok(answer),
        PortalAnswer::Portal(visitor, portal) => {
            if !had_portal {
                let skipped = AuditAction::ImportSkipped { portal: portal.id };
                importer.visitors.record(&visitor, skipped).await?;
            }
            Ok(see_other(visitor.frame().home()))
        }
    }
}

/// Stores the import in one transaction, then puts its batches on the queue. After the transaction the import is
/// accepted, and the sweeper sends what cannot be sent now.
async fn accept(
    importer: &Importer,
    visitor: Visitor,
    portal: &Portal,
    (plan, pressed_at): (&Plan, Timestamp),
    selection: &Selection,
) -> Result<Response, Problem> {
    let visitors = &importer.visitors;
    let earlier = importer.state.imports_of(&portal.id).await?;
    let now = visitors.clock.now();
    if now.duration_since(pressed_at) > REQUEST_IN_FLIGHT {
        // The function stood still beyond its time, and what the list was compared with is old.
        return Err(Problem::SameMoment);
    }
    let import = Import::accepted(&portal.id, plan, selection, now).after(&earlier, now);
    match importer.state.accept_import(&import, plan.imports_accepted).await {
        Ok(()) => {}
        Err(AcceptRefused::AcceptedBefore(existing)) => {
            return same_import(importer, visitor, &existing, plan, selection.people()).await;
        }
        Err(AcceptRefused::AnotherIsActive(import)) => {
            return Err(Problem::ImportConflict { import, same_plan: false });
        }
        Err(AcceptRefused::NotEnoughPlaces { .. } | AcceptRefused::PlanOutdated) => {
            let tenant = confirmed_tenant(&*importer.state, &visitor).await?;
            return look_again(importer, &visitor, &tenant, plan).await;
        }
        Err(AcceptRefused::Erased) => return Err(Problem::BeingErased),
        Err(AcceptRefused::State(error)) => return Err(error.into()),
    }
    let people = selection.people().len();
    tracing::info!(portal = %portal.id, import = %import.id, people, "import accepted");
    // The worker can begin while the sign-up and the trail are written.
    let (told, ()) = tokio::join!(tell(importer, visitor, &import), dispatch(importer, &import, plan));
    told?;
    Ok(see_other(&format!("/imports/{}", import.id)))
}

/// Stores in the sign-up and in its trail that the import was confirmed.
async fn tell(importer: &Importer, visitor: Visitor, import: &Import) -> Result<(), Problem> {
    let visitor = link(importer, visitor, import).await?;
    Ok(record(importer, &visitor, import).await?)
}

/// Puts the batches of an accepted import on the queue.
async fn dispatch(importer: &Importer, import: &Import, plan: &Plan) {
    if let Err(error) = importer.dispatch().import(import, plan).await {
        tracing::error!(error = %Causes(&error), import = %import.id, "an import is accepted and not wholly sent; the sweeper goes on");
    }
}

/// The import that this plan was confirmed as before, if it was.
async fn confirmed_before(importer: &Importer, visitor: &Visitor, plan: &Plan) -> Result<Option<Import>, Problem> {
    let Some(portal) = visitor.sign_up.portal() else { return Ok(None) };
    let id = Import::id_for(portal, &plan.digest());
    Ok(importer.state.find_import(portal, &id).await?)
}

/// Records in the audit trail who confirmed the import.
async fn record(importer: &Importer, visitor: &Visitor, import: &Import) -> Result<(), StateError> {
    let confirmed = AuditAction::ImportConfirmed { import: import.id.clone(), people: import.people as usize };
    importer.visitors.record(visitor, confirmed).await
}

/// Stores the import in the sign-up, so that the owner is led to it from now on.
async fn link(importer: &Importer, visitor: Visitor, import: &Import) -> Result<Visitor, Problem> {
    let importing = |sign_up| Ok(SignUp { import: Some(import.id.clone()), ..sign_up });
    let sign_up = importer.visitors.change(visitor.sign_up.clone(), importing).await?;
    Ok(Visitor { sign_up, ..visitor })
}

/// Answers a plan that was confirmed before: with the same ticks it is the same import, with other ticks it is refused.
async fn same_import(
    importer: &Importer,
    mut visitor: Visitor,
    existing: &Import,
    plan: &Plan,
    ticked: &[EmployeeId],
) -> Result<Response, Problem> {
    match Selection::check(plan, ticked) {
        Ok(selection) if Ticks::of(plan, selection.people()) == existing.ticks => {
            // The earlier request may have been cut off after it accepted the import and before it recorded that.
            if visitor.sign_up.import.as_ref() != Some(&existing.id) {
                visitor = link(importer, visitor, existing).await?;
            }
            let since = existing.accepted_at - CLOCKS_DIFFER;
            let entries = importer.state.audit_since(&visitor.sign_up.id, since, usize::MAX).await?;
            let is_this_confirmation = |action: &AuditAction| matches!(action, AuditAction::ImportConfirmed { import, .. } if *import == existing.id);
            if !entries.iter().any(|entry| is_this_confirmation(&entry.action)) {
                record(importer, &visitor, existing).await?;
            }
            if existing.status == ImportStatus::Accepting {
                // The earlier request was cut off, or is this one, whose answer was lost. Doing it twice does no harm.
                dispatch(importer, existing, plan).await;
            }
            Ok(see_other(&format!("/imports/{}", existing.id)))
        }
        _ => Err(Problem::ImportConflict { import: existing.id.clone(), same_plan: true }),
    }
}

/// Makes the plan again. `None` where it still shows the same.
async fn changed_since(
    importer: &Importer,
    visitor: &Visitor,
    tenant: &Tenant,
    plan: &Plan,
) -> Result<Option<Response>, Problem> {
    let visitors = &importer.visitors;
    // Whether they may has just been asked; the read counts as one all the same.
    visitors.allow(Deed::Look, &[CountedOf::Organisation(&tenant.organisation.tenant)]).await?;
    match importer.planner.plan(&visitor.sign_up, tenant).await.map(|now| now.following(plan)) {
        Ok(now) if now.digest() == plan.digest() => {
            // Stored as fresh, so that the next request need not read again if this one is cut off.
            importer.state.put_plan(&now).await?;
            Ok(None)
        }
        Ok(now) => Ok(Some(show_changed(importer, visitor, plan, &now).await?)),
        Err(error) => {
            keep_obstacle(visitors, visitor.sign_up.clone(), error).await?;
            Ok(Some(see_other(PEOPLE)))
        }
    }
}

/// Shows a new plan, because an import was accepted or places were taken since this one was made.
async fn look_again(importer: &Importer, visitor: &Visitor, tenant: &Tenant, plan: &Plan) -> Result<Response, Problem> {
    Ok(changed_since(importer, visitor, tenant, plan).await?.unwrap_or_else(|| see_other("/preview")))
}

async fn show_changed(importer: &Importer, visitor: &Visitor, shown: &Plan, now: &Plan) -> Result<Response, Problem> {
    let visitors = &importer.visitors;
    keep_shown(&*importer.state, visitors, visitor.sign_up.clone(), now).await?;
    Ok(see_other(&format!("{PEOPLE}?since={}", shown.digest())))
}

/// Shows the people again, as their boxes were left, with what is wrong with that.
async fn show_again(
    importer: &Importer,
    visitor: Visitor,
    plan: &Plan,
    refused: SelectionRefused,
) -> Result<Response, Problem> {
    let notice = match refused {
        SelectionRefused::Nobody => PeopleNotice::NobodyTicked,
        SelectionRefused::TooMany { .. } => PeopleNotice::TooManyTicked,
        SelectionRefused::NotOffered => PeopleNotice::NotOffered,
    };
    let SignUp { plan: shown, obstacle, .. } = &visitor.sign_up;
    if shown.as_ref() != Some(&plan.digest()) || obstacle.is_some() {
        // Another tab has looked meanwhile.
        keep_shown(&*importer.state, &importer.visitors, visitor.sign_up, plan).await?;
    }
    Ok(see_other(&format!("{PEOPLE}?refused={}", notice.refusal())))
}
