//! The page that shows the courses of the offer.

use askama::Template;

use super::{Step, View, Width};
use crate::form_token::FormToken;
use crate::frame::{Frame, PortalTab};
use crate::site::SiteSettings;
use crate::words::course_length;

/// The number of courses in the offer.
const OFFERED: usize = 5;

/// One course as GO1 describes it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CourseCard {
    pub title: String,
    /// The address of its picture. One that is not of the site's picture origin is replaced by a picture of ours.
    pub picture: Option<String>,
    /// Who made it.
    pub provider: Option<String>,
    /// How long it takes, in minutes.
    pub minutes: Option<u32>,
    /// What it is about, as plain text.
    pub summary: String,
}

/// The courses, before the people are read. Its button posts to `/preview/people`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CoursesPage {
    pub form_token: FormToken,
    pub organisation: String,
    /// The courses that GO1 has now: five, or fewer where one was withdrawn.
    pub courses: Vec<CourseCard>,
}

#[derive(Template)]
#[template(path = "courses.html")]
struct CoursesTemplate<'page> {
    page: &'page CoursesPage,
    site: &'page SiteSettings,
}

impl CoursesTemplate<'_> {
    fn picture<'card>(&self, card: &'card CourseCard) -> Option<&'card str> {
        card.picture.as_deref().filter(|url| self.site.allows_picture(url))
    }
}

impl CourseCard {
    fn length(&self) -> Option<String> {
        self.minutes.filter(|minutes| *minutes > 0).map(course_length)
    }
}

impl CoursesPage {
    fn missing(&self) -> usize {
        OFFERED.saturating_sub(self.courses.len())
    }

    fn total_length(&self) -> Option<String> {
        let minutes = self.courses.iter().map(|course| course.minutes).sum::<Option<u32>>();
        minutes.filter(|minutes| *minutes > 0).map(course_length)
    }
}

impl View for CoursesPage {
    fn title(&self) -> String {
        "Your free courses".to_owned()
    }

    fn step(&self) -> Option<Step> {
        Some(Step::Courses)
    }

    fn width(&self) -> Width {
        Width::Wide
    }

    fn tab(&self) -> Option<PortalTab> {
        Some(PortalTab::Users)
    }

    fn body(&self, site: &SiteSettings, frame: &Frame) -> askama::Result<String> {
        CoursesTemplate { page: self, site }.render_with_values(&frame.locale())
    }
}
