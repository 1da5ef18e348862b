//! The courses of the offer, by country.

use domain::country::Country;
use domain::ids::LearningObjectId;
use go1::{Course, Go1Error};
use platform::settings::{Environment, SettingError, names};

use crate::access::Go1Access;

/// How many courses the offer has.
pub const COURSES_OFFERED: usize = 5;

#[derive(Clone, Debug)]
pub struct CourseSets {
    australia: Vec<LearningObjectId>,
    united_states: Vec<LearningObjectId>,
}

impl CourseSets {
    /// Reads `GO1_COURSES_AU` and `GO1_COURSES_US`: five different ids each, numbers or `con_...`. GO1 has both for a course,
    /// and will go over to the second (REST reference 2025-01-01).
    pub fn from_environment(environment: &Environment) -> Result<Self, SettingError> {
        let set = |name: &'static str| {
            let mut courses = environment.list(name)?;
            courses.sort();
            courses.dedup();
            if courses.len() == COURSES_OFFERED && courses.iter().all(|id| is_course_id(id)) {
                Ok(environment.list(name)?.into_iter().map(LearningObjectId::new).collect())
            } else {
                Err(SettingError::Malformed { name, expected: "five different ids of courses with commas between" })
            }
        };
        Ok(Self { australia: set(names::GO1_COURSES_AU)?, united_states: set(names::GO1_COURSES_US)? })
    }

    /// The courses of one country.
    pub fn of(&self, country: Country) -> &[LearningObjectId] {
        match country {
            Country::Australia => &self.australia,
            Country::UnitedStates => &self.united_states,
        }
    }
}

fn is_course_id(id: &str) -> bool {
    let is_number = !id.is_empty() && id.bytes().all(|byte| byte.is_ascii_digit());
    let content = id.strip_prefix("con_").unwrap_or_default();
    is_number || !content.is_empty() && content.bytes().all(|byte| byte.is_ascii_alphanumeric())
}

/// Those of the offered courses that GO1 publishes, in order. One that was retired is left out, so that nobody is
/// promised it, and logged: somebody has to choose another.
pub async fn published(go1: &Go1Access, offered: &[LearningObjectId]) -> Result<Vec<Course>, Go1Error> {
    let courses = go1.as_partner(async |token| go1.client.learning_objects(&token, offered).await).await?;
    let retired: Vec<&str> = offered
        .iter()
        .filter(|id| courses.iter().all(|course| course.id != **id))
        .map(LearningObjectId::as_str)
        .collect();
    if !retired.is_empty() {
        // The alarm `CourseRetired` looks for this event.
        tracing::error!(
            event = "course_retired",
            lo_ids = retired.join(","),
            "a course that we offer is not published"
        );
    }
    Ok(courses)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_different_courses_a_country() {
        let sets = |australian| {
            CourseSets::from_environment(&Environment::from([
                ("GO1_COURSES_AU", australian),
                ("GO1_COURSES_US", "6,7,8,9,10"),
            ]))
        };
        let five = sets("5,4,3,2,1").expect("five");
        assert_eq!(five.of(Country::Australia)[0], "5".into());
        assert_eq!(five.of(Country::UnitedStates).len(), COURSES_OFFERED);
        let newer = sets("con_01J8A,con_01J8B,3,con_01J8D,5").expect("five, of either kind");
        assert_eq!(newer.of(Country::Australia)[1], "con_01J8B".into());
        for other in
            ["1,2,3,4", "1,2,3,4,5,6", "1,2,3,4,4", "", "1,2,3,4,con_", "1,2,3,4,con_a-b", "1,2,3,4,lo_5", "1,2,3,4,x"]
        {
            assert!(sets(other).is_err(), "{other}");
        }
    }
}
