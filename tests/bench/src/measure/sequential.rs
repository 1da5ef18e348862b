//! The script that anybody would write first: one call after the other, over one connection, and nothing else.

use std::time::{Duration, Instant};

use serde_json::{Value, json};

use crate::cloud::Cloud;
use crate::failure::Failure;
use crate::measure::importing::COURSES;

/// Imports so many people into a new portal of the same stand-in, one call after another, and says how long it took.
pub(crate) async fn script(cloud: &Cloud, people: u32, name: &str) -> Result<Duration, Failure> {
    let portal = cloud.world.go1().open_portal(name, "AU");
    let client = reqwest::Client::builder().no_proxy().build()?;
    let post = async |path: &str, body: Value| -> Result<Value, Failure> {
        let request = client.post(cloud.go1.join(path)?).bearer_auth(&portal.access_token).json(&body);
        Ok(request.header("api-version", "2025-01-01").send().await?.error_for_status()?.json().await?)
    };
    let begun = Instant::now();
    for number in 0..people {
        let email = format!("person{number}@{name}.example.com");
        let person = json!({
            "given_name": "Person", "family_name": format!("Number {number}"), "username": email, "email": email,
            "roles": ["rol_01G3PZS7NZ0CF95J340P55FSZH"],
        });
        let account = post("/user-accounts", person).await?["id"].clone();
        for course in 1..=COURSES {
            let enrollment = json!({
                "user_account_id": account, "lo_id": (1_000 + course).to_string(),
                "enrollment_type": "assigned", "status": "not-started",
            });
            post("/enrollments", enrollment).await?;
        }
    }
    Ok(begun.elapsed())
}
