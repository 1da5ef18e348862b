//! Courses: GO1's learning objects (REST reference 2025-01-01, <https://www.go1.com/developers>).

use domain::ids::LearningObjectId;
use http::Method;
use secrecy::SecretString;
use serde::Deserialize;
use transport::answer::{self, Rows, Text};
use url::Url;

use crate::client::Go1Client;
use crate::error::Go1Error;
use crate::loose;
use crate::summary::plain_text;

/// The longest summary taken from a description, in characters.
const LONGEST_SUMMARY: usize = 240;

/// A course as a page shows it. All texts are plain; nothing of GO1's HTML is left.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Course {
    /// GO1's id of the learning object, as it was asked for.
    pub id: LearningObjectId,
    /// The id that enrollments name it by, which is the older one as long as GO1 has it (REST reference 2025-01-01).
    pub lo_id: LearningObjectId,
    /// The course's title, as GO1 shows it.
    pub title: String,
    /// A picture, at an `http` or `https` address.
    pub image: Option<Url>,
    /// The name of the course's provider, where GO1 has one.
    pub provider: Option<String>,
    /// How long it takes, in minutes.
    pub duration_minutes: Option<u64>,
    /// What it is about; empty where GO1 does not say.
    pub summary: String,
}

#[derive(Deserialize)]
struct LearningObjects {
    hits: Rows<LearningObject>,
}

#[derive(Deserialize)]
struct LearningObject {
    #[serde(default, deserialize_with = "loose::text")]
    id: Option<String>,
    #[serde(default, deserialize_with = "loose::text")]
    lo_id: Option<String>,
    #[serde(default, deserialize_with = "answer::part")]
    core: Core,
    #[serde(default, deserialize_with = "answer::part")]
    relevance: Relevance,
    #[serde(default, deserialize_with = "answer::part")]
    provider: Provider,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Core {
    title: Text,
    description: Text,
    #[serde(deserialize_with = "answer::part")]
    image: Image,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Image {
    value: Text,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Relevance {
    summary: Text,
    #[serde(deserialize_with = "loose::count")]
    duration: Option<u64>,
}

#[derive(Default, Deserialize)]
#[serde(default)]
struct Provider {
    name: Text,
}

impl LearningObject {
    fn is(&self, id: &LearningObjectId) -> bool {
        self.lo_id.as_deref() == Some(id.as_str()) || self.id.as_deref() == Some(id.as_str())
    }

    fn course(self, id: LearningObjectId) -> Course {
        let (core, relevance) = (self.core, self.relevance);
        let text = |text: &Text| text.text().map(|text| plain_text(text, usize::MAX)).unwrap_or_default();
        let mut summary = text(&relevance.summary);
        if summary.is_empty() {
            summary = core.description.text().map(|html| plain_text(html, LONGEST_SUMMARY)).unwrap_or_default();
        }
        let image = core.image.value.text().and_then(|address| Url::parse(address).ok());
        Course {
            lo_id: self.lo_id.filter(|lo_id| !lo_id.is_empty()).map_or_else(|| id.clone(), LearningObjectId::new),
            id,
            title: text(&core.title),
            image: image.filter(|url| matches!(url.scheme(), "http" | "https")),
            provider: Some(text(&self.provider.name)).filter(|name| !name.is_empty()),
            duration_minutes: relevance.duration.filter(|minutes| *minutes > 0),
            summary,
        }
    }
}

impl Go1Client {
    /// Reads courses, in one call, in the order of `ids`. One that GO1 has retired is left out: compare the counts.
    pub async fn learning_objects(
        &self,
        token: &SecretString,
        ids: &[LearningObjectId],
    ) -> Result<Vec<Course>, Go1Error> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut request = self.api(Method::GET, token, &["learning-objects"]);
        for id in ids {
            request = request.query("id[]", id.as_str());
        }
        request = request.query("limit", &ids.len().to_string());
        for part in ["core", "relevance", "provider"] {
            request = request.query("include[]", part);
        }
        let call = "learning objects";
        let mut hits = self.read::<LearningObjects>(call, request).await?.hits.read_or_log(call);
        Ok(ids
            .iter()
            .filter_map(|id| {
                let position = hits.iter().position(|hit| hit.is(id))?;
                Some(hits.swap_remove(position).course(id.clone()))
            })
            .collect())
    }
}
