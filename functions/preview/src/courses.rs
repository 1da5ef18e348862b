//! Shows the courses of the offer.

use axum::extract::{RawQuery, State};
use axum::response::Response;
use domain::fault::Causes;
use go1::{Course, Go1Error};
use go1_access::courses::published;
use http::HeaderMap;
use web::pages::{CourseCard, CoursesPage};
use web::{Problem, SavedDetails, page_in};

use crate::preview::Preview;

/// `GET /preview`. `?saved` says first what was saved of the owner's details.
pub(crate) async fn show(
    State(preview): State<Preview>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Problem> {
    let visitor = preview.visitors.require(&headers).await?;
    let tenant = visitor.shown_tenant()?;
    let offered = preview.courses.of(tenant.organisation.country);
    let courses = published(&preview.go1, offered).await.map_err(|error| {
        tracing::warn!(error = %Causes(&error), "the courses could not be read");
        match error {
            Go1Error::MissingScope { .. } => Problem::Go1NotGranted,
            _ => Problem::Go1Unavailable { retry_after: None },
        }
    })?;
    let courses = CoursesPage {
        form_token: visitor.form_token(),
        organisation: tenant.organisation.name.clone(),
        courses: courses.into_iter().map(card).collect(),
    };
    let saved = SavedDetails::told_by(query.as_deref(), &visitor.sign_up.details);
    Ok(page_in(&preview.visitors.site, &visitor.frame().saying(saved), &courses))
}

fn card(course: Course) -> CourseCard {
    CourseCard {
        title: course.title,
        picture: course.image.map(Into::into),
        provider: course.provider,
        minutes: course.duration_minutes.and_then(|minutes| u32::try_from(minutes).ok()),
        summary: course.summary,
    }
}
