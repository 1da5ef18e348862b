//! The five courses.

use axum::extract::State;
use axum::response::Response;
use domain::ids::LearningObjectId;
use go1::{Classify as _, Course, Go1Error};
use http::HeaderMap;
use platform::telemetry::Causes;
use web::pages::{CourseCard, CoursesPage};
use web::{Problem, page};

use crate::Preview;

/// `GET /preview`.
pub(crate) async fn show(State(preview): State<Preview>, headers: HeaderMap) -> Result<Response, Problem> {
    let visitor = preview.visitors.require(&headers).await?;
    let tenant = preview.tenant(&visitor).await?;
    let offered = preview.courses.of(tenant.organisation.country);
    let courses = read(&preview, offered).await.map_err(|error| {
        tracing::warn!(error = %Causes(&error), "the courses could not be read");
        Problem::Go1Unavailable { retry_after: None }
    })?;
    if courses.len() < offered.len() {
        // GO1 leaves out what it has retired. Sign-up goes on with the rest; somebody has to choose another course.
        tracing::error!(offered = offered.len(), published = courses.len(), "a course that we offer is not published");
    }
    let courses = CoursesPage {
        form_token: visitor.form_token(),
        organisation: tenant.organisation.name,
        courses: courses.into_iter().map(card).collect(),
    };
    Ok(page(&preview.visitors.site, &courses))
}

/// Reads the courses, once more with a new token where GO1 no longer takes ours.
async fn read(preview: &Preview, offered: &[LearningObjectId]) -> Result<Vec<Course>, Go1Error> {
    let token = preview.partner.token().await?;
    match preview.go1.learning_objects(&token, offered).await {
        Err(error) if error.is_unauthorized() => {
            preview.partner.forget().await;
            let token = preview.partner.token().await?;
            preview.go1.learning_objects(&token, offered).await
        }
        answer => answer,
    }
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
